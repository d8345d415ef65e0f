"""The folder shared by hub and Asterisk: received faxes, faxes to send, and their results. Blocking: small files.

Names and contents of the folder are untrusted: symbolic links are not followed, only regular files are opened, and none larger than a fax
can be.

Asterisk names a received fax `<uniqueid>_<number>.tif`. An outgoing fax is `okno-fax-<record>.tif`, and its result
`okno-fax-<record>.told` (docker/asterisk/etc/extensions.conf).
"""

import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from channels.fax.tiff import BYTES
from channels.voice.shared_files import share
from hub.kernel.errors import OknoError, UnavailableError

CAME = re.compile(r"(?P<call>[\w.;-]+)_(?P<number>\+?[0-9]*)\.tif", re.ASCII)
_TOLD = re.compile(r"(?P<status>[A-Z]*):(?P<pages>[0-9]*):(?P<why>.*)", re.DOTALL)


class LeftError(OknoError):
    """A file that is not accepted and stays where it was; the text says why."""


class ReceivedFax(Struct, frozen=True):
    """A received fax in the folder. `number` is the sender's as reported to Asterisk, "" where it was withheld."""

    path: Path
    call: str
    number: str


class SendResult(Struct, frozen=True):
    """Asterisk's result of a sending call. `why` is its own word."""

    sent: bool
    pages: int
    why: str


class Spool:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def trouble(self) -> str:
        """Why the folder is unusable, in words; "" if it is usable."""
        try:
            trial = self._folder / ".okno"
            trial.touch()
            trial.unlink()
        except OSError as error:
            return f"папка {self._folder}: {error.strerror}"
        return ""

    def exposed(self) -> str:
        """Other accounts with access to the folder, in words; "" for none: faxes contain personal data, as passport numbers."""
        try:
            mode = self._folder.stat().st_mode
        except OSError as error:
            return f"папка {self._folder}: {error.strerror}"
        return f"папка {self._folder} открыта всем учётным записям: chmod 2770" if mode & stat.S_IRWXO else ""

    def came(self) -> list[ReceivedFax]:
        """Received faxes, the oldest call first."""
        try:
            found = [self.at(path.name) for path in sorted(self._folder.iterdir())]
        except OSError as error:
            message = f"папка {self._folder}: {error.strerror}"
            raise UnavailableError(message) from error
        return [each for each in found if each is not None]

    def at(self, name: str) -> ReceivedFax | None:
        """The fax in a file; None for any other file."""
        told = CAME.fullmatch(Path(name).name)
        return ReceivedFax(self._folder / told[0], told["call"], told["number"]) if told else None

    def content(self, came: ReceivedFax) -> bytes | None:
        """A received fax; None for a removed one. Raises LeftError for a file that must not be opened."""
        try:
            # A pipe would block for ever, a link would lead to any file that the hub may read.
            file = os.open(came.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _left(came, error.strerror or str(error)) from error
        try:
            about = os.fstat(file)
            if not stat.S_ISREG(about.st_mode):
                raise _left(came, "это не файл")
            if about.st_size > BYTES:
                raise _left(came, f"больше {BYTES >> 20} МБ")
            with open(file, "rb", closefd=False) as opened:
                return opened.read(BYTES)
        finally:
            os.close(file)

    def remove(self, came: ReceivedFax) -> None:
        """Remove a stored fax. Raises LeftError where that fails."""
        try:
            came.path.unlink(missing_ok=True)
        except OSError as error:
            raise _left(came, error.strerror or str(error)) from error

    def holds(self, key: str) -> bool:
        """Whether a fax has been drawn."""
        return self._of(key, "tif").exists()

    def put(self, key: str, tiff: bytes) -> None:
        draft = self._of(key, "part")
        try:
            draft.touch(0o600)
            draft.write_bytes(tiff)
            share(draft)
            draft.rename(self._of(key, "tif"))
        except OSError as error:
            message = f"папка {self._folder}: {error.strerror}"
            raise UnavailableError(message) from error

    def fate(self, key: str) -> SendResult | None:
        """The result of a fax; None where Asterisk has not written it."""
        try:
            told = _TOLD.match(self._of(key, "told").read_text(encoding="utf8", errors="replace").strip())
        except OSError:
            return None
        return SendResult(told["status"] == "SUCCESS", int(told["pages"] or 0), told["why"]) if told else None

    def forget_fate(self, key: str) -> None:
        """Delete the result before the next call."""
        self._remove(key, "told")

    def forget(self, key: str) -> None:
        """Delete all files of a finished fax."""
        for kind in ("tif", "told"):
            self._remove(key, kind)

    def _remove(self, key: str, kind: str) -> None:
        with suppress(OSError):
            self._of(key, kind).unlink()

    def _of(self, key: str, kind: str) -> Path:
        return self._folder / f"{key}.{kind}"


def _left(came: ReceivedFax, why: str) -> LeftError:
    return LeftError(f"факс {came.path.name} не взят: {why}")
