"""Splits a long text into parts that fit a channel."""

import re
from functools import lru_cache

FURTHER = "Дальше"
"""The beginning of the choice with the next part."""
_SENTENCE = re.compile(
    r"\S.*?(?:(?:[!?…]|(?<!\b[^\W\d_])(?<!\b(?:ул|ст|им|пр|см))(?<!\b(?:руб|тыс|тел))\.)(?=\s|$)|$)", re.MULTILINE | re.IGNORECASE)
"""Up to a stop that is none of «т. е.», «п. 3», «ул. Мира», «500 руб. в год»."""


def parts(text: str, longest: int) -> list[str]:
    """Whole sentences, up to `longest` characters together; a sentence that is longer is a part of its own."""
    found: list[str] = []
    for sentence in _SENTENCE.findall(text):
        if found and len(found[-1]) + 1 + len(sentence) <= longest:
            found[-1] += f" {sentence}"
        else:
            found.append(sentence)
    return found


@lru_cache(1024)
def carried(text: str, at_once: int) -> tuple[str, ...]:
    """An article's text as it is told where so many characters are told at a time, one part after the other; never empty. 0 is all.

    Remembered, since an answer that is recalled costs far less than to take an article apart.
    """
    return tuple(parts(text, at_once)) if at_once else (text,)
