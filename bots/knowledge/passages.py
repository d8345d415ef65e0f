"""The part of a long article that answers a question: a citizen reads two or three sentences, not a page."""

from collections.abc import Sequence

from bots.knowledge.message_parts import parts
from bots.russian import Russian

LONGEST = 600
"""Characters of an answer; the whole article is behind «Подробнее»."""


def passage(russian: Russian, text: str, question: str, longest: int = LONGEST) -> str:
    """The sentences that share most with the question, in their order; those at the beginning where none does."""
    if len(text) <= longest:
        return text
    sentences = [(paragraph, sentence) for paragraph, line in enumerate(text.split("\n")) for sentence in parts(line, 0)]
    wanted = _tokens(russian, question)
    worth = [len(wanted & _tokens(russian, sentence)) for _, sentence in sentences]
    order = sorted(range(len(sentences)), key=lambda at: (-worth[at], at))
    chosen, size = set[int](), 0
    for at in order:
        if size + len(sentences[at][1]) + 1 <= longest:
            chosen.add(at)
            size += len(sentences[at][1]) + 1
    return _joined([sentences[at] for at in sorted(chosen)]) or text[:longest].rsplit(" ", 1)[0] + " …"


def _tokens(russian: Russian, text: str) -> set[str]:
    """A token for each word: its stem."""
    return {form for word in russian.words(text) for form in russian.forms(word) if form[0] in "sw" and len(form) > 3}  # noqa: PLR2004 - a letter and a preposition


def _joined(sentences: Sequence[tuple[int, str]]) -> str:
    lines: dict[int, list[str]] = {}
    for paragraph, sentence in sentences:
        lines.setdefault(paragraph, []).append(sentence)
    return "\n".join(" ".join(each) for each in lines.values())
