"""What a process does that is started for one fax: a job comes in at its standard input, the outcome leaves at its output."""

import resource
import sys

import msgspec
from msgspec import Struct

from channels.fax import recognition, rendering
from channels.fax.document import Fax, FaxError, Head
from channels.fax.recognition import Tesseract

MEMORY = 3 << 30
"""Bytes of address space; the widest page needs a third."""


class Reading(Struct, frozen=True, tag="reading"):
    tiff: bytes
    tesseract: Tesseract


class Drawing(Struct, frozen=True, tag="drawing"):
    text: str
    head: Head
    pdfs: tuple[bytes, ...]


class Probing(Struct, frozen=True, tag="probing"):
    tesseract: Tesseract


class Drawn(Struct, frozen=True, tag="drawn"):
    tiff: bytes


class Read(Struct, frozen=True, tag="read"):
    fax: Fax


class Failed(Struct, frozen=True, tag="failed"):
    """Why it cannot be done, for an operator; "" when all is well and nothing was asked for."""

    why: str


Job = Reading | Drawing | Probing
Outcome = Read | Drawn | Failed


def outcome(job: Job) -> Outcome:
    try:
        match job:
            case Reading(tiff, tesseract):
                return Read(recognition.read(tiff, tesseract))
            case Drawing(text, head, pdfs):
                return Drawn(rendering.render(text, head, pdfs))
            case Probing(tesseract):
                return Failed(recognition.missing(tesseract) or rendering.missing())
    except FaxError as error:
        return Failed(str(error))
    except MemoryError:
        return Failed("Факс слишком велик")


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    job = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job)
    sys.stdout.buffer.write(msgspec.msgpack.encode(outcome(job)))


if __name__ == "__main__":
    main()
