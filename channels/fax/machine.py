"""The fax machine: reads and draws outside the hub's process, one fax after the other."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from channels.fax.document import Fax, FaxError, Head
from channels.fax.recognition import READING_S, Tesseract
from channels.fax.work import Drawing, Drawn, Failed, Job, Outcome, Probing, Read, Reading

log = logging.getLogger(__name__)

LONGEST_S = READING_S + 180
"""A fax that takes longer is given up: the next one waits behind it."""
OUTCOME: msgspec.msgpack.Decoder[Outcome] = msgspec.msgpack.Decoder(Outcome)
FEW_THREADS = {"OPENBLAS_NUM_THREADS": "1"}
"""Each thread would take from the memory that the process may have."""


class Machine:
    """Strangers' files are decoded in a process that ends with its fax: what kills it does not kill the hub."""

    def __init__(self, tesseract: Tesseract | None = None, longest_s: float = LONGEST_S) -> None:
        self._tesseract, self._longest_s = tesseract or Tesseract(), longest_s
        self._turn = asyncio.Lock()

    async def read(self, tiff: bytes) -> Fax:
        """A received fax; raises FaxError for what cannot be read: keep the file itself then."""
        match await self._done(Reading(tiff, self._tesseract)):
            case Read(fax):
                return fax
            case other:
                raise _refused(other)

    async def render(self, text: str, head: Head, pdfs: Sequence[bytes] = ()) -> bytes:
        """The TIFF to be sent: the text, then the PDFs' pages. Raises FaxError for what cannot be drawn."""
        match await self._done(Drawing(text, head, tuple(pdfs))):
            case Drawn(tiff):
                return tiff
            case other:
                raise _refused(other)

    async def probe(self) -> str:
        """What is missing for faxes to be recognised and drawn, in words; "" if nothing is."""
        match await self._done(Probing(self._tesseract)):
            case Failed(why):
                return why
            case other:
                raise _refused(other)

    async def _done(self, job: Job) -> Outcome:
        async with self._turn:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "channels.fax.work", env=os.environ | FEW_THREADS, start_new_session=True,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
            try:
                async with asyncio.timeout(self._longest_s):
                    answer, complaint = await process.communicate(msgspec.msgpack.encode(job))
            except TimeoutError as error:
                raise FaxError("Обработка факса заняла слишком много времени") from error
            finally:
                _end(process)
                await process.wait()
        if process.returncode != 0:
            why = complaint[-500:].decode("utf8", "replace")
            log.error("a fax has ended the process that worked on it", extra={"status": process.returncode, "why": why})
            raise FaxError("Факс не удалось обработать")
        return OUTCOME.decode(answer)


def _end(process: asyncio.subprocess.Process) -> None:
    """With tesseract, which it may have started: both are of one session."""
    if process.returncode != 0:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _refused(outcome: Outcome) -> FaxError:
    return FaxError(outcome.why if isinstance(outcome, Failed) else "Факс не удалось обработать")
