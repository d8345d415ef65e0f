"""Whether what was heard so far is a whole sentence, so that its speaker is answered, or whether they think and go on. Pure."""

import re

from channels.voice.spoken_text.grammar import binds

_END = re.compile(r"[.!?]$")
_OPEN = re.compile(r"(\.\.\.|…)$")
_WORDS = re.compile(r"\d+|[^\W\d_]+")


def whole_sentence(heard: str) -> bool:
    """By a recogniser's punctuation and the last word: no preposition, conjunction or «не» ends a sentence, and digits come in groups.

    Noise without words is whole: nothing follows from it.
    """
    text = heard.strip()
    words = _WORDS.findall(text)
    if not words:
        return True
    return bool(_END.search(text)) and not _OPEN.search(text) and not words[-1].isdecimal() and not binds(words[-1])
