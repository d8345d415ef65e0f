"""The web chat: a session by POST, a socket of JSON frames, files, and the widget that any site embeds."""
