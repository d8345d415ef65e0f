"""The live socket of the desk: frames, open desks, who is told of what."""
