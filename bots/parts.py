"""A long text in parts, as much at once as a channel carries."""

import re

_SENTENCE = re.compile(r"\S.*?(?:[.!?…](?=\s|$)|$)", re.MULTILINE)


def parts(text: str, longest: int) -> list[str]:
    """Whole sentences, up to `longest` characters together; a sentence that is longer is a part of its own."""
    found: list[str] = []
    for sentence in _SENTENCE.findall(text):
        if found and len(found[-1]) + 1 + len(sentence) <= longest:
            found[-1] += f" {sentence}"
        else:
            found.append(sentence)
    return found
