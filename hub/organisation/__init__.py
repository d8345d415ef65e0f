"""Centres, their queues, hours and territory, and all versions of their settings.

Contains no operators.

Uses: kernel.
"""
