"""What adapters of HTTP share: bodies, cookies, downloads, a WebSocket's writer."""
