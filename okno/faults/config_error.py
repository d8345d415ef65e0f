"""Faults of a configuration, all at once, each with its key and line.

>>> okno: centre.toml:12: listen.port: Expected `int`, got `str`
>>> okno: centre.toml:31: speech.model needs okno[speech]: pip install 'okno[speech]'
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from hub.kernel.errors import OknoError
from okno.faults.former_keys import with_present_names
from okno.faults.toml_lines import Key, key_lines


def dotted(key: Key) -> str:
    """A key as text: `channels[0].driver`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key).removeprefix(".")


class ConfigFault(NamedTuple):
    """One fault."""

    key: Key
    text: str
    """A sentence that names the key."""

    @classmethod
    def of(cls, key: Key, what: str) -> "ConfigFault":
        return cls(key, f"{dotted(key)}: {what}" if key else what)


class ConfigError(OknoError):
    """An invalid configuration; the text names every wrong key."""

    def __init__(self, *faults: str | ConfigFault) -> None:
        self.faults = tuple(each if isinstance(each, ConfigFault) else ConfigFault(_first_words(each), each) for each in faults)
        super().__init__("\n".join(each.text for each in self.faults))

    def located(self, source: Path) -> list[str]:
        """The faults in the order of their lines, each after its file and line if it has one."""
        lines = _lines(source)
        told = sorted(((_line(each.key, lines), each.text) for each in self.faults), key=lambda one: one[0])
        return [f"{source}:{line}: {text}" if line else text for line, text in told]


def _first_words(text: str) -> Key:
    """The key at the start of a sentence: `listen.metrics_networks: …`."""
    first = text.partition(":")[0]
    return tuple(first.split(".")) if " " not in first else ()


def _lines(source: Path) -> dict[Key, int]:
    try:
        return with_present_names(key_lines(source.read_text(encoding="utf8")))
    except (OSError, ValueError, IndexError):  # a missing file, or not TOML: reported as the fault itself
        return {}


def _line(key: Key, lines: dict[Key, int]) -> int:
    """Line of the key, or of the nearest table around it; 0 if the file has neither."""
    return next((lines[key[:length]] for length in range(len(key), 0, -1) if key[:length] in lines), 0)


def raise_faults(faults: Iterable[ConfigFault]) -> None:
    """Raises ConfigError if there are any."""
    if found := tuple(faults):
        raise ConfigError(*found)
