"""Centres, their queues, hours and territory, and the settings in all their versions.

Knows places and lines, and nobody who works there.

Uses: kernel.
"""
