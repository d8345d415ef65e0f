"""The hub: conversations, who holds them, and what may be done with them. It imports no channel, bot, store or router."""
