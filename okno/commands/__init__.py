"""The commands of `okno`, one a module."""
