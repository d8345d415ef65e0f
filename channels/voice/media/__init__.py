"""Sound of calls with the robot, in processes of their own: hubs decide, the media process plays, listens and ends turns.

    Asterisk ─ AudioSocket (20 ms frames) ─ server.py ─ messages.py ─ link.py ─ stream.py ─ channels/voice/call_runner.py
                                            caller.py: one call; turns.py: when the caller begins and ends

docs/decisions/0113-streaming-audio.md
"""
