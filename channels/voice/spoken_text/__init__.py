"""Russian texts as they are spoken: no digit, no abbreviation, no sign that a synthesizer would spell. Pure.

The order matters: what has a form of its own (sites, telephones, dates) is read before numbers in general, and these before capitals, since
«210-ФЗ» is one of each.
"""

import re

from channels.voice.spoken_text.abbreviations import abbreviations, plain, signs
from channels.voice.spoken_text.capitals import capitals
from channels.voice.spoken_text.dates import dates, times
from channels.voice.spoken_text.latin import latin, sites
from channels.voice.spoken_text.numbers import numbers
from channels.voice.spoken_text.sentences import sentences
from channels.voice.spoken_text.stress import stresses
from channels.voice.spoken_text.telephones import telephones

_STEPS = (plain, sites, telephones, dates, times, abbreviations, signs, numbers, latin, capitals, stresses)
_SPACES = re.compile(r" {2,}")
_SPACE = re.compile(r" (?=[.,;:!?)»])|(?<=[«(]) ")
_ABOUT = re.compile(r"(?<![\w-])([Оо]) (?=[аиоуэ])")


def spoken(text: str) -> str:
    """The text for a synthesizer."""
    for step in _STEPS:
        text = step(text)
    return _ABOUT.sub(r"\1б ", _SPACE.sub("", _SPACES.sub(" ", text))).strip()


__all__ = ["sentences", "spoken"]
