"""Files that the hub writes for Asterisk, which has an account of its own: the group of their folder may read them, and nobody else."""

from pathlib import Path

READABLE = 0o640


def share(path: Path) -> None:
    """Whatever the hub's umask is: that of its unit is 0077. Raises OSError."""
    path.chmod(READABLE)
