"""Files that the hub shares with Asterisk, which has its own account: the hub's are readable by the group of their folder only."""

import asyncio
import logging
from pathlib import Path

READABLE = 0o640

log = logging.getLogger(__name__)


def share(path: Path) -> None:
    """Independent of the hub's umask: that of its unit is 0077. Raises OSError."""
    path.chmod(READABLE)


async def forget(recording: Path) -> None:
    """Delete a caller's recorded speech, if any."""
    try:
        await asyncio.to_thread(recording.unlink, missing_ok=True)
    except OSError as error:
        log.error("recording of a caller not deleted from the spool", extra={"file": recording.name, "why": str(error)})  # noqa: TRY400 - its words say all
