"""The live socket of the desk: frames, connected desks, recipients."""
