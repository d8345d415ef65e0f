"""Recordings by Asterisk: both voices on separate channels, passed to the hub when the file is complete."""

import asyncio
import logging
import shlex
import time
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
from msgspec import Struct

from channels.voice.ami import ActionRefusedError, Ami
from channels.voice.prompts import RATE
from hub.intake.ports import Intake
from hub.kernel.errors import OknoError, RefusedError, UnavailableError
from hub.telephony.ports import RecordedTalk, RecordingState

log = logging.getLogger(__name__)

CLOSES_S = 1.0
"""Asterisk closes and renames a file within milliseconds after the call, and tells nobody."""
TORN_S = 5.0
"""A file of a call that is over and that nobody has written to for so long is all there will be: its Asterisk has died."""
OPTIONS = "bD"
"""Only while two are joined; two channels: what the caller says, and what he hears."""
OTHERS = 0o007
PAUSED = "HUB_PAUSED"
"""The channel's variable in which a hub that starts anew finds since when its recording is paused."""
FRAME = 2 * np.dtype(np.int16).itemsize
SECOND = RATE * FRAME


class Label(Struct, frozen=True):
    """Name of a file."""

    conversation: int
    call: str
    began_ms: int

    def __str__(self) -> str:
        return f"{self.conversation}_{self.call}_{self.began_ms}"


class Recorder:
    """`folder` is shared with Asterisk. The sound is there in clear during the talk."""

    def __init__(self, folder: Path, intake: Intake, ami: Ami) -> None:
        self._folder, self._intake, self._ami = folder, intake, ami
        self._talks: dict[int, Label] = {}
        """What is being recorded, by conversation; also what has been since before the hub was started."""
        self._tapes: dict[int, RecordingState] = {}
        self._one = asyncio.Lock()

    def trouble(self) -> str:
        """What is wrong with the folder, in words; "" when nothing is."""
        try:
            mode = self._folder.stat().st_mode
        except OSError as error:
            return f"папка записей {self._folder}: {error.strerror}"
        return f"папку записей {self._folder} могут читать все: закройте её (chmod o-rwx)" if mode & OTHERS else ""

    def begin(self, conversation: int, uniqueid: str) -> tuple[str, ...]:
        """The arguments of MixMonitor for a talk that begins."""
        label = Label(conversation, uniqueid, time.time_ns() // 1_000_000)
        self._now(label, RecordingState())
        raw, whole = self._path(label, "raw"), self._path(label, "talk")
        return str(raw), OPTIONS, f"mv {shlex.quote(str(raw))} {shlex.quote(str(whole))}"

    async def end(self, conversation: int) -> bool:
        """A talk is over and the caller's channel still there: close its file. Whether it is whole."""
        label = self._over(conversation)
        if label is None:
            return False
        try:
            await self._ami.action("StopMixMonitor", Channel=label.call)
        except (ActionRefusedError, UnavailableError) as error:
            log.warning("a recording is left to Asterisk", extra={"file": str(label), "why": str(error)})
            return False
        self._whole(label)
        return True

    def gone(self, uniqueid: str) -> bool:
        """A call is over, and its channel no more: MixMonitor renames the file by itself. Whether there is one."""
        found = [conversation for conversation, label in self._talks.items() if label.call == uniqueid]
        for conversation in found:
            self._over(conversation)
        return bool(found)

    async def collect_soon(self) -> None:
        """After a call without us; what takes longer is taken up with the next talk."""
        await asyncio.sleep(CLOSES_S)
        await self.collect()

    def taping(self, conversation: int) -> RecordingState | None:
        return self._tapes.get(conversation)

    async def pause(self, conversation: int, *, paused: bool) -> None:
        """Silence in the file from now on, or words again. Raises RefusedError."""
        label, tape = self._talks.get(conversation), self._tapes.get(conversation)
        if label is None or tape is None:
            raise RefusedError("not_recorded", "Этот разговор сейчас не записывается.")
        after = RecordingState((tape.paused or datetime.now(UTC)) if paused else None)
        try:
            # First what is wanted: a hub that dies in between does it when it starts.
            await self._ami.action("Setvar", Channel=label.call, Variable=PAUSED, Value=after.paused.isoformat() if after.paused else "")
            await self._mute(label, after)
        except (ActionRefusedError, UnavailableError) as error:
            raise RefusedError("not_recorded", f"Записью сейчас нельзя управлять: {error}") from error
        if self._talks.get(conversation) == label:
            self._now(label, after)

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
        """Go on with the recordings of calls that go on. What was being written when Asterisk died is whole, too."""
        for conversation, label in list(self._talks.items()):
            if label.call not in live:
                self._over(conversation)
        if trouble := self.trouble():
            log.warning("recordings are not safe", extra={"why": trouble})
        for path in sorted(self._folder.glob("*_*_*.raw")):
            label = label_of(path)
            if label.call in live:
                await self._go_on(label)
            elif time.time() - path.stat().st_mtime > TORN_S:
                self._whole(label)
        await self.collect()

    def forsake(self) -> None:
        """Its Asterisk is away for long: whether anything is recorded is not known. The files stay until it is back."""
        for conversation in list(self._talks):
            self._over(conversation)

    async def _go_on(self, label: Label) -> None:
        known = self._talks.get(label.conversation)
        if known is not None and known.began_ms >= label.began_ms:
            return
        try:
            since = (await self._ami.action("Getvar", Channel=label.call, Variable=PAUSED)).get("Value", "")
            tape = RecordingState(datetime.fromisoformat(str(since)) if since else None)
            await self._mute(label, tape)
        except (ActionRefusedError, ValueError) as error:
            log.warning("whether a recording is paused is not known", extra={"file": str(label), "why": str(error)})
            tape = RecordingState()
        self._now(label, tape)

    async def _mute(self, label: Label, tape: RecordingState) -> None:
        await self._ami.action("MixMonitorMute", Channel=label.call, Direction="both", State="1" if tape.paused else "0")

    def _now(self, label: Label, tape: RecordingState) -> None:
        self._talks[label.conversation], self._tapes[label.conversation] = label, tape
        self._intake.stirred(label.conversation)

    def _over(self, conversation: int) -> Label | None:
        label = self._talks.pop(conversation, None)
        if self._tapes.pop(conversation, None) is not None:
            self._intake.stirred(conversation)
        return label

    def _whole(self, label: Label) -> None:
        try:
            self._path(label, "raw").rename(self._path(label, "talk"))
        except FileNotFoundError:
            log.debug("MixMonitor was first", extra={"file": str(label)})

    async def _hand_in(self, path: Path) -> None:
        label, sound = label_of(path), path.with_suffix(".flac")
        began = datetime.fromtimestamp(label.began_ms / 1000, UTC)
        try:
            if length_s := await asyncio.to_thread(flac, path, sound):
                await self._intake.recorded(RecordedTalk(label.conversation, str(label), began, round(length_s), sound, "audio/flac"))
        finally:
            await asyncio.to_thread(sound.unlink, missing_ok=True)
        await asyncio.to_thread(path.unlink)

    def _path(self, label: Label, ending: str) -> Path:
        return self._folder / f"{label}.{ending}"


def label_of(path: Path) -> Label:
    """Raises ValueError for a file that is none of ours."""
    conversation, call, began = path.name.rpartition(".")[0].split("_")
    return Label(int(conversation), call, int(began))


def flac(raw: Path, target: Path) -> float:
    """Two channels of 16 bits, without a loss: the voices stay apart, and the silence of whoever listens takes no room. Its seconds."""
    length = raw.stat().st_size // FRAME
    if not length:
        return 0.0
    with raw.open("rb") as source, av.open(str(target), "w", format="flac") as file:
        stream = file.add_stream("flac", rate=RATE, layout="stereo", format="s16")
        for at in range(0, length, RATE):
            content = source.read(min(length - at, RATE) * FRAME)
            frame = av.AudioFrame.from_ndarray(np.frombuffer(content, np.int16).reshape(1, -1), format="s16", layout="stereo")
            frame.sample_rate, frame.pts = RATE, at
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return length / RATE
