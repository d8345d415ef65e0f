"""Recordings by Asterisk: both voices on separate channels, passed to the hub when the file is complete.

MixMonitor writes `.raw` during the talk; the name of the file carries all its metadata. No wait for a file is needed: StopMixMonitor
closes it before its response. Where the hub has lost control of the call meanwhile, MixMonitor renames the file to `.talk`, and the hub
collects these at its start, or shortly after the call. A file is deleted only after the hub has stored it.
"""

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
"""Asterisk closes and renames a file within milliseconds after the call, without an event."""
TORN_S = 5.0
"""A file of an ended call without a write for this long is final: its Asterisk has crashed."""
OPTIONS = "bD"
"""Only while two legs are joined; two channels: the caller's voice, and what they hear."""
OTHERS = 0o007
PAUSED = "HUB_PAUSED"
"""The channel's variable with the beginning of the pause, for a restarted hub."""
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
    """`folder` is shared with Asterisk. The sound is there unencrypted during the talk."""

    def __init__(self, folder: Path, intake: Intake, ami: Ami) -> None:
        self._folder, self._intake, self._ami = folder, intake, ami
        self._talks: dict[int, Label] = {}
        """Current recordings, by conversation; also those from before the hub's start."""
        self._tapes: dict[int, RecordingState] = {}
        self._one = asyncio.Lock()

    def trouble(self) -> str:
        """The fault of the folder, in words; "" for none."""
        try:
            mode = self._folder.stat().st_mode
        except OSError as error:
            return f"папка записей {self._folder}: {error.strerror}"
        return f"папку записей {self._folder} могут читать все: закройте её (chmod o-rwx)" if mode & OTHERS else ""

    def begin(self, conversation: int, uniqueid: str) -> tuple[str, ...]:
        """MixMonitor's arguments for a new talk."""
        label = Label(conversation, uniqueid, time.time_ns() // 1_000_000)
        self._now(label, RecordingState())
        raw, whole = self._path(label, "raw"), self._path(label, "talk")
        return str(raw), OPTIONS, f"mv {shlex.quote(str(raw))} {shlex.quote(str(whole))}"

    async def end(self, conversation: int) -> bool:
        """A talk ended and the caller's channel exists: close its file. Returns whether it is complete."""
        label = self._over(conversation)
        if label is None:
            return False
        try:
            await self._ami.action("StopMixMonitor", Channel=label.call)
        except (ActionRefusedError, UnavailableError) as error:
            log.warning("recording not stopped: Asterisk finishes it", extra={"file": str(label), "why": str(error)})
            return False
        self._whole(label)
        return True

    def gone(self, uniqueid: str) -> bool:
        """A call and its channel ended: MixMonitor renames the file itself. Returns whether there is one."""
        found = [conversation for conversation, label in self._talks.items() if label.call == uniqueid]
        for conversation in found:
            self._over(conversation)
        return bool(found)

    async def collect_soon(self) -> None:
        """After an offline call; a later file is stored with the next talk."""
        await asyncio.sleep(CLOSES_S)
        await self.collect()

    def taping(self, conversation: int) -> RecordingState | None:
        return self._tapes.get(conversation)

    async def pause(self, conversation: int, *, paused: bool) -> None:
        """Pause or resume a recording, as silence in the file. Raises RefusedError."""
        label, tape = self._talks.get(conversation), self._tapes.get(conversation)
        if label is None or tape is None:
            raise RefusedError("not_recorded", "Этот разговор сейчас не записывается.")
        after = RecordingState((tape.paused or datetime.now(UTC)) if paused else None)
        try:
            # The goal first: a hub that crashes in between applies it at its start.
            await self._ami.action("Setvar", Channel=label.call, Variable=PAUSED, Value=after.paused.isoformat() if after.paused else "")
            await self._mute(label, after)
        except (ActionRefusedError, UnavailableError) as error:
            raise RefusedError("not_recorded", f"Записью сейчас нельзя управлять: {error}") from error
        if self._talks.get(conversation) == label:
            self._now(label, after)

    async def collect(self) -> None:
        """Hand in every complete file; files that the hub cannot store now stay until the next time."""
        async with self._one:
            for path in sorted(self._folder.glob("*.talk")):
                try:
                    await self._hand_in(path)
                except (OknoError, OSError, ValueError, KeyError, av.FFmpegError) as error:
                    # KeyError: a conversation unknown to this hub.
                    log.warning("recording not stored: its file stays in the spool", extra={"file": path.name, "why": str(error)})

    async def salvage(self, live: Collection[str]) -> None:
        """Resume the recordings of current calls. Files of a crashed Asterisk are complete, too."""
        for conversation, label in list(self._talks.items()):
            if label.call not in live:
                self._over(conversation)
        if trouble := self.trouble():
            log.warning("recordings are at risk", extra={"why": trouble})
        for path in sorted(self._folder.glob("*_*_*.raw")):
            label = label_of(path)
            if label.call in live:
                await self._go_on(label)
        self._finish(live)
        await self.collect()

    async def collect_torn(self, live: Collection[str]) -> None:
        """Files that a crashed Asterisk wrote until a moment ago; `live` were the calls afterwards."""
        await asyncio.sleep(TORN_S + CLOSES_S)
        self._finish(live)
        await self.collect()

    def _finish(self, live: Collection[str]) -> None:
        current = {*live, *(label.call for label in self._talks.values())}
        for path in sorted(self._folder.glob("*_*_*.raw")):
            label = label_of(path)
            if label.call not in current and time.time() - path.stat().st_mtime > TORN_S:
                self._whole(label)

    def forsake(self) -> None:
        """A long downtime of its Asterisk: the state of recordings is unknown. The files stay until it is back."""
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
            log.warning("pause state of a recording unknown: treated as running", extra={"file": str(label), "why": str(error)})
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
            log.debug("recording already renamed by MixMonitor", extra={"file": str(label)})

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
    """Raises ValueError for a foreign file."""
    conversation, call, began = path.name.rpartition(".")[0].split("_")
    return Label(int(conversation), call, int(began))


def flac(raw: Path, target: Path) -> float:
    """Lossless, two channels of 16 bits: the voices stay separate, and silence takes little space. Returns the seconds."""
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
