"""Files of the hub for Asterisk, which has its own account: readable by the group of their folder only."""

from pathlib import Path

READABLE = 0o640


def share(path: Path) -> None:
    """Independent of the hub's umask: that of its unit is 0077. Raises OSError."""
    path.chmod(READABLE)
