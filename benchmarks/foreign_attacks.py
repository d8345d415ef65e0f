"""Attacks that others have collected: lists of texts, letters and files of a folder, as they are, repeated, mixed and spoilt."""

import random
from pathlib import Path

from benchmarks.attacks import LONGEST

_LETTERS = {".eml", ".mbox"}
_LIST = 400_000
"""Bytes of a file that is read as a list of texts."""
_SPOILT = 50
"""Random bytes in a spoilt file."""


class ForeignAttacks:
    def __init__(self, folder: Path) -> None:
        """Raises ValueError for a folder without texts, letters or files."""
        paths = sorted(path for path in folder.rglob("*") if path.is_file() and 0 < path.stat().st_size <= _LIST)
        self._files = [path.read_bytes() for path in paths]
        self._letters = [content for path, content in zip(paths, self._files, strict=True) if path.suffix in _LETTERS]
        lines = (line.decode("utf8", "replace") for path, content in zip(paths, self._files, strict=True)
                 if path.suffix not in _LETTERS for line in content.splitlines())
        self._texts = list(dict.fromkeys(line for line in lines if line.strip()))
        if not (self._texts and self._letters):
            message = f"{folder}: has no lists of texts, or no letters ({', '.join(sorted(_LETTERS))})"
            raise ValueError(message)

    def text(self, chance: random.Random, most: int = LONGEST) -> str:
        one = chance.choice(self._texts)
        many = "\n".join(chance.choices(self._texts, k=100))
        made = chance.choice((one * (most // len(one) + 1), f"{one} " * (most // len(one) + 1), many, many))
        return made[:most - 1].replace("\x00", "") or one[:most - 1]

    def letter(self, chance: random.Random, number: int) -> bytes:
        del number
        own = chance.choice(self._letters)
        match chance.randrange(4):
            case 0:
                own += self.text(chance, 100_000).encode("utf8", "replace")
            case 1:
                own = _spoilt(chance, own)
        return own.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    def upload(self, chance: random.Random) -> bytes:
        own = chance.choice(self._files)
        return own if chance.randrange(3) else _spoilt(chance, own)


def _spoilt(chance: random.Random, content: bytes) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + chance.randbytes(_SPOILT) + content[at:]
