"""The fax machine: reads and draws in a subprocess, one fax at a time."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from channels.fax import recognition, renderer
from channels.fax.document import Fax, FaxError, Head
from channels.fax.recognition import READING_S, Tesseract
from hub.kernel.sandbox import Limits, Sandbox, SandboxError

log = logging.getLogger(__name__)

T = TypeVar("T")
LONGEST_S = READING_S + 180
"""Time limit of a fax: the next one waits for it."""
MEMORY = 3 << 30
"""Bytes of address space; the widest page needs a third."""
FEW_THREADS = {"OPENBLAS_NUM_THREADS": "1"}
"""Each thread would use part of the process's memory limit."""


class Machine:
    """Untrusted files are decoded in a process of their own: a crash does not affect the hub."""

    def __init__(self, tesseract: Tesseract | None = None, longest_s: float = LONGEST_S) -> None:
        self._tesseract = tesseract or Tesseract()
        self._sandbox = Sandbox(Limits(longest_s, MEMORY), environment=FEW_THREADS)

    async def read(self, tiff: bytes) -> Fax:
        """A received fax; raises FaxError for an unreadable one: then keep the file itself."""
        return await self._done(Fax, recognition.read, tiff, self._tesseract)

    async def render(self, text: str, head: Head, pdfs: Sequence[bytes] = ()) -> bytes:
        """The TIFF to be sent: the text, then the PDFs' pages. Raises FaxError if drawing is impossible."""
        return await self._done(bytes, renderer.render, text, head, tuple(pdfs))

    async def probe(self) -> str:
        """Missing components of recognition and drawing, in words; "" if none."""
        return await self._done(str, recognition.missing, self._tesseract) or await self._done(str, renderer.missing)

    async def _done(self, kind: type[T], work: Callable[..., T], *arguments: object) -> T:
        try:
            return await self._sandbox.run(kind, work, *arguments)
        except ValueError as error:
            raise FaxError(str(error)) from error
        except SandboxError as error:
            log.error("fax worker failed: the fax is not converted", extra={"why": str(error)})  # noqa: TRY400 - its words say all
            message = f"Факс не удалось обработать: {error}"
            raise FaxError(message) from error
