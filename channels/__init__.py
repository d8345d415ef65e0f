"""Channels of citizens. A driver is found by its name: "web.chat" is channels/web/chat.py and its `connect`."""
