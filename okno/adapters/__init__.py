"""Adapters with libraries of their own, imported only where they are configured."""
