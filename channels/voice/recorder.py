"""Talks that Asterisk records: both voices side by side, handed to the hub when the file is whole.

MixMonitor writes `.raw` while they talk, and renames it to `.talk` when it has closed it; the name carries everything that must be
known of it, so that a hub that starts takes up what lies there. A file is gone only when the hub has it.
"""

import asyncio
import logging
import shlex
import time
from collections.abc import Collection
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import av
import numpy as np
from msgspec import Struct

from channels.voice.prompts import RATE
from hub.errors import OknoError
from hub.ports import Intake, Talk

log = logging.getLogger(__name__)

WHOLE_S, LOOK_S = 10.0, 0.05
"""Asterisk tells nobody that a file is whole. It is within milliseconds of the end; what takes longer is taken up with the next talk."""
TORN_S = 5.0
"""A file of a call that is over and that nobody has written to for so long is all there will be: its Asterisk has died."""
OPTIONS = "bD"
"""Only while two are joined; two channels: what the caller says, and what he hears."""
FRAME = 2 * np.dtype(np.int16).itemsize
SECOND = RATE * FRAME


class Label(Struct, frozen=True):
    """The name of a file."""

    conversation: int
    call: str
    began_ms: int

    def __str__(self) -> str:
        return f"{self.conversation}_{self.call}_{self.began_ms}"


class Recorder:
    def __init__(self, folder: Path, intake: Intake) -> None:
        self._folder, self._intake = folder, intake
        self._one = asyncio.Lock()

    def begin(self, conversation: int, uniqueid: str) -> tuple[Label, tuple[str, ...]]:
        """What a talk that begins will be called, and the arguments of MixMonitor."""
        label = Label(conversation, uniqueid, time.time_ns() // 1_000_000)
        raw, whole = self._path(label, "raw"), self._path(label, "talk")
        return label, (str(raw), OPTIONS, f"mv {shlex.quote(str(raw))} {shlex.quote(str(whole))}")

    async def finished(self, label: Label) -> None:
        """A talk is over: wait for its file, and hand in whatever is there."""
        end = time.monotonic() + WHOLE_S
        while not self._path(label, "talk").exists() and time.monotonic() < end:  # noqa: ASYNC110 - no event of ours
            await asyncio.sleep(LOOK_S)
        await self.collect()

    async def collect(self) -> None:
        """Hand in every file that is whole; what the hub cannot take now lies there until the next time."""
        async with self._one:
            for path in sorted(self._folder.glob("*.talk")):
                try:
                    await self._hand_in(path)
                except (OknoError, OSError, ValueError, KeyError, av.FFmpegError) as error:
                    # KeyError: of a conversation that this hub does not have.
                    log.warning("a recording lies where it was", extra={"file": path.name, "why": str(error)})

    async def salvage(self, live: Collection[str]) -> None:
        """What was being written when Asterisk died is whole, too: nobody goes on with it."""
        for path in self._folder.glob("*_*_*.raw"):
            if path.stem.split("_")[1] not in live and time.time() - path.stat().st_mtime > TORN_S:
                path.rename(path.with_suffix(".talk"))
        await self.collect()

    async def _hand_in(self, path: Path) -> None:
        label = label_of(path)
        raw = await asyncio.to_thread(path.read_bytes)
        raw = raw[:len(raw) - len(raw) % FRAME]
        if raw:
            began = datetime.fromtimestamp(label.began_ms / 1000, UTC)
            sound = await asyncio.to_thread(flac, raw)
            await self._intake.recorded(Talk(label.conversation, str(label), began, round(len(raw) / SECOND), sound, "audio/flac"))
        await asyncio.to_thread(path.unlink)

    def _path(self, label: Label, ending: str) -> Path:
        return self._folder / f"{label}.{ending}"


def label_of(path: Path) -> Label:
    """Raises ValueError for a file that is none of ours."""
    conversation, call, began = path.name.rpartition(".")[0].split("_")
    return Label(int(conversation), call, int(began))


def flac(raw: bytes) -> bytes:
    """Two channels of 16 bits, without a loss: the voices stay apart, and the silence of whoever listens takes no room."""
    target = BytesIO()
    with av.open(target, "w", format="flac") as file:
        stream = file.add_stream("flac", rate=RATE, layout="stereo", format="s16")
        for at in range(0, len(raw), SECOND):
            samples = np.frombuffer(raw[at:at + SECOND], np.int16).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
            frame.sample_rate, frame.pts = RATE, at // FRAME
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return target.getvalue()
