"""Files in which Asterisk records what callers say to the robot; none stays after it is heard."""

import asyncio
import logging
from pathlib import Path

from channels.voice.call_runner import CallRunner

log = logging.getLogger(__name__)


class CallerSpeech:
    def __init__(self, folder: Path, system: str) -> None:
        self._folder, self._system = folder, system

    def recording(self, line: CallRunner) -> Path:
        """The path of the next recording, without its extension."""
        return self._folder / f"{line.key}-{line.said + 1}"

    async def forget(self, recording: Path) -> None:
        try:
            await asyncio.to_thread(recording.unlink, missing_ok=True)
        except OSError as error:
            log.error("recording of a caller not deleted from the spool", extra={"file": recording.name, "why": str(error)})  # noqa: TRY400  # its words say all

    async def forget_all(self) -> None:
        """Remains of speech at the hub's crash: no longer needed."""
        for recording in await asyncio.to_thread(lambda: [*self._folder.glob(f"{self._system}-*.wav")]):
            await self.forget(recording)
