"""Adapters with their own libraries, imported only where they are configured."""
