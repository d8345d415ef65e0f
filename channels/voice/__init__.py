"""Telephone calls through Asterisk: it carries the sound, the hub decides, over AMI (ami.py) and FastAGI (agi.py)."""
