"""A citizen's telephone by PJSIP: it calls, speaks files, presses keys, and writes down what it says and hears, sample by sample.

PJSIP runs in a process of its own (this file), told by lines: `say FILE`, `press KEYS`, `quit`. The two files `said.wav` and `heard.wav`
have one clock, that of its conference bridge, so times between them are those of the person at the telephone.
"""

import asyncio
import os
import select
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.channels.line import PATIENCE_S
from tests.missing_programs import lacks

RATE = 8000
HEADER = 44
"""Bytes before the samples of a WAV file."""
LOUD = 400
"""The least amplitude of a voice in a file without noise."""
FRAME_S, WINDOW = 0.02, 160
"""Seconds and samples of a frame."""


class Telephone:
    """One call."""

    def __init__(self, folder: Path, process: asyncio.subprocess.Process) -> None:
        self.folder, self._process = folder, process
        self._state = ""

    def tell(self, *words: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write((" ".join(words) + "\n").encode())

    def says(self, sound: Path) -> None:
        self.tell("say", str(sound))

    def presses(self, keys: str) -> None:
        self.tell("press", keys)

    async def becomes(self, state: str) -> None:
        """Wait for a state of the call, as CONFIRMED or DISCONNECTED."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while self._state != state:
                line = await self._process.stdout.readline()
                assert line, f"PJSIP has ended before {state}"
                self._state = line.decode().strip()

    @property
    def heard(self) -> NDArray[np.int16]:
        """So far, in samples."""
        return sound_of(self.folder / "heard.wav")

    @property
    def said(self) -> NDArray[np.int16]:
        return sound_of(self.folder / "said.wav")

    async def end(self) -> None:
        if self._process.returncode is None:
            self.tell("quit")
            await self._process.wait()


def sound_of(path: Path) -> NDArray[np.int16]:
    """Of a file that is still being written: its header says nothing of its length yet."""
    return np.frombuffer(path.read_bytes()[HEADER:], np.int16) if path.exists() else np.zeros(0, np.int16)


def loud(sound: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Of each 20 ms, whether somebody speaks."""
    frames = np.abs(sound[:len(sound) // WINDOW * WINDOW].astype(np.int32)).reshape(-1, WINDOW)
    return frames.max(axis=1) >= LOUD


@asynccontextmanager
async def calling(sip: int, folder: Path, number: str = "79990001122", dialled: str = "88001002030",
                  at: str = "127.0.0.1") -> AsyncIterator[Telephone]:
    """A citizen calls an exchange at this port and address."""
    if find_spec("pjsua2") is None:
        lacks("pjsua2-python", "no package; on PyPI for Python 3.11 and 3.12")
    folder.mkdir(exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __spec__.name, str(folder), f"sip:{number}@127.0.0.1", f"sip:{dialled}@{at}:{sip}",
        cwd=Path(__file__).parents[2], stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    telephone = Telephone(folder, process)
    try:
        yield telephone
    finally:
        await telephone.end()


def main(folder: str, own: str, dialled: str) -> None:
    import pjsua2 as pj  # noqa: PLC0415 - this process alone needs it

    class Citizen(pj.Call):
        def onCallState(self, prm: object) -> None:  # noqa: N802 - PJSIP's name
            del prm
            print(self.getInfo().stateText, flush=True)

        def onCallMediaState(self, prm: object) -> None:  # noqa: N802
            del prm
            self.getAudioMedia(-1).startTransmit(heard)

    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.medConfig.clockRate = config.medConfig.sndClockRate = RATE
    config.medConfig.noVad, config.medConfig.ecTailLen = True, 0
    config.medConfig.jbInit = config.medConfig.jbMinPre = config.medConfig.jbMaxPre = 20  # ms: nothing is lost on one machine
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.boundAddress = transport.publicAddress = "127.0.0.1"
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    for codec in endpoint.codecEnum2():
        endpoint.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith("PCMA/") else 0)
    account_config = pj.AccountConfig()
    account_config.idUri = own
    media = account_config.mediaConfig.transportConfig
    media.boundAddress = media.publicAddress = "127.0.0.1"
    account = pj.Account()
    account.create(account_config)
    heard, said = pj.AudioMediaRecorder(), pj.AudioMediaRecorder()
    heard.createRecorder(f"{folder}/heard.wav")
    said.createRecorder(f"{folder}/said.wav")
    silence = pj.ToneGenerator()
    silence.createToneGenerator(RATE, 1)
    silence.startTransmit(said)
    silence.startTransmit(heard)
    call = Citizen(account)
    call.makeCall(dialled, pj.CallOpParam(True))
    players = []
    while True:
        endpoint.libHandleEvents(5)
        if not select.select([sys.stdin], [], [], 0)[0]:
            continue
        verb, _, what = sys.stdin.readline().strip().partition(" ")
        if verb == "say":
            player = pj.AudioMediaPlayer()
            player.createPlayer(what, pj.PJMEDIA_FILE_NO_LOOP)
            player.startTransmit(call.getAudioMedia(-1))
            player.startTransmit(said)
            players.append(player)
        elif verb == "press":
            call.dialDtmf(what)
        else:
            break
    endpoint.hangupAllCalls()
    endpoint.libHandleEvents(100)
    os._exit(0)  # PJSIP's own end fails an assertion where objects of Python are left


if __name__ == "__main__":
    main(*sys.argv[1:])
