"""The folder that hub and Asterisk share: faxes that came, faxes that go, and what became of these. Blocking: small files.

Asterisk names what it receives `<uniqueid>_<number>.tif`; what we send is `okno-fax-<record>.tif`, and its fate `okno-fax-<record>.told`
(docker/asterisk/etc/extensions.conf).
"""

import re
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from hub.errors import UnavailableError

CAME = re.compile(r"(?P<call>[\w.;-]+)_(?P<number>\+?[0-9]*)\.tif", re.ASCII)
_TOLD = re.compile(r"(?P<status>[A-Z]*):(?P<pages>[0-9]*):(?P<why>.*)", re.DOTALL)


class Came(Struct, frozen=True):
    """A fax that lies in the folder. `number` is what Asterisk was told of who sends, "" where it was withheld."""

    path: Path
    call: str
    number: str


class Fate(Struct, frozen=True):
    """What Asterisk wrote when a call that sends was over. `why` is its own word."""

    sent: bool
    pages: int
    why: str


class Spool:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def trouble(self) -> str:
        """Why the folder cannot be used, in words; "" if it can."""
        try:
            trial = self._folder / ".okno"
            trial.touch()
            trial.unlink()
        except OSError as error:
            return f"папка {self._folder}: {error.strerror}"
        return ""

    def came(self) -> list[Came]:
        """What was received, the oldest call first."""
        try:
            found = [self.at(path.name) for path in sorted(self._folder.iterdir())]
        except OSError as error:
            message = f"папка {self._folder}: {error.strerror}"
            raise UnavailableError(message) from error
        return [each for each in found if each is not None]

    def at(self, name: str) -> Came | None:
        """The fax of that file; None for a file that is none."""
        told = CAME.fullmatch(Path(name).name)
        return Came(self._folder / told[0], told["call"], told["number"]) if told else None

    def holds(self, key: str) -> bool:
        """Whether a fax is drawn already."""
        return self._of(key, "tif").exists()

    def put(self, key: str, tiff: bytes) -> None:
        draft = self._of(key, "part")
        try:
            draft.write_bytes(tiff)
            draft.chmod(0o640)
            draft.rename(self._of(key, "tif"))
        except OSError as error:
            message = f"папка {self._folder}: {error.strerror}"
            raise UnavailableError(message) from error

    def fate(self, key: str) -> Fate | None:
        """What became of a fax; None where Asterisk did not come to write it."""
        try:
            told = _TOLD.match(self._of(key, "told").read_text(encoding="utf8", errors="replace").strip())
        except OSError:
            return None
        return Fate(told["status"] == "SUCCESS", int(told["pages"] or 0), told["why"]) if told else None

    def forget_fate(self, key: str) -> None:
        """Before it is dialled again."""
        self._remove(key, "told")

    def forget(self, key: str) -> None:
        """All of a fax that is done with."""
        for kind in ("tif", "told"):
            self._remove(key, kind)

    def _remove(self, key: str, kind: str) -> None:
        with suppress(OSError):
            self._of(key, kind).unlink()

    def _of(self, key: str, kind: str) -> Path:
        return self._folder / f"{key}.{kind}"
