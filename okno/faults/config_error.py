"""What is wrong with a configuration: all of it at once, each fault with its key and its line.

>>> okno: centre.toml:12: listen.port: Expected `int`, got `str`
>>> okno: centre.toml:31: speech.model needs okno[speech]: pip install 'okno[speech]'
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, TypeAlias

from hub.kernel.errors import OknoError
from okno.faults.toml_lines import key_lines

Key: TypeAlias = tuple[str | int, ...]
"""Where a value stands: ("channels", 0, "driver"); () is the whole file."""


def dotted(key: Key) -> str:
    """A key in words: `channels[0].driver`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key).removeprefix(".")


class ConfigFault(NamedTuple):
    """One thing that is wrong."""

    key: Key
    text: str
    """A whole sentence, which names the key."""

    @classmethod
    def of(cls, key: Key, what: str) -> "ConfigFault":
        return cls(key, f"{dotted(key)}: {what}" if key else what)


class ConfigError(OknoError):
    """The configuration cannot be used; the text names every key that is wrong."""

    def __init__(self, *faults: str | ConfigFault) -> None:
        self.faults = tuple(each if isinstance(each, ConfigFault) else ConfigFault(_first_words(each), each) for each in faults)
        super().__init__("\n".join(each.text for each in self.faults))

    def located(self, source: Path) -> list[str]:
        """The faults in the order of their lines, each behind its file and line where it has one."""
        lines = _lines(source)
        told = sorted(((_line(each.key, lines), each.text) for each in self.faults), key=lambda one: one[0])
        return [f"{source}:{line}: {text}" if line else text for line, text in told]


def _first_words(text: str) -> Key:
    """The key that a sentence begins with: `listen.watchers: …`."""
    first = text.partition(":")[0]
    return tuple(first.split(".")) if " " not in first else ()


def _lines(source: Path) -> dict[Key, int]:
    try:
        return key_lines(source.read_text(encoding="utf8"))
    except (OSError, ValueError, IndexError):  # there is no such file, or it is no TOML: the fault says so
        return {}


def _line(key: Key, lines: dict[Key, int]) -> int:
    """Of the key, or of the nearest table around it; 0 where the file has neither."""
    return next((lines[key[:length]] for length in range(len(key), 0, -1) if key[:length] in lines), 0)


def raise_faults(faults: Iterable[ConfigFault]) -> None:
    """Raises ConfigError where there are any."""
    if found := tuple(faults):
        raise ConfigError(*found)
