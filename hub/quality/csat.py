"""Customer satisfaction (CSAT) with one contact: the question after its end, and its answers (OC-03). Pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry
from hub.quality.surveys.figures import apart

BEST, BAD = 5, 2
"""A grade of at most BAD is dissatisfaction."""
WORDS_LIMIT = 500
QUESTION = ("Оцените, пожалуйста, этот разговор от 1 до 5, где 5 — отлично. Можно добавить слова через запятую: «4, долго ждал». "
            "Отвечать не обязательно.")
THANKS = "Спасибо, оценка учтена."
_ALONE = re.compile(r"(?:оценка|ставлю|балл)?[\s:—–-]*([1-5])(?:\s*(?:из\s*5|/\s*5|балл\w*|зв[её]зд\w*))?[\s.!)»\"]*", re.IGNORECASE)
_WITH_WORDS = re.compile(r"([1-5])\s*[,.;:!—–-]\s*(\D+)")
_ASKS = re.compile(r"\?|\b(?:как|где|куда|когда|что|чего|кто|кому|сколько|почему|зачем|како\w+|каки\w+|можно|нужн\w+|подскаж\w+|скаж\w+)\b",
                   re.IGNORECASE)


class Csat(Document, frozen=True, omit_defaults=True, tag="grade"):
    """The question after one contact, and its answer: `grade` is 0 until the citizen answers, which is possible until `until`.

    `record` is the question's, 0 before it is sent. `address` is plain; the person is found by the conversation.
    """

    key: str
    conversation: int
    address: str
    operator: str
    queue: str
    channel: str
    centre: str
    at: datetime
    until: datetime
    record: int = 0
    grade: int = 0
    words: str = ""

    def marks(self) -> Iterator[IndexEntry]:
        """Index entries: of a centre; unsent questions; open questions; times of questions by address."""
        yield IndexEntry("centre", self.centre, self.at)
        if self.conversation:
            yield IndexEntry("conversation", str(self.conversation))
            yield IndexEntry("address", self.address, self.at)
            yield IndexEntry("asked", at=self.until) if self.record else IndexEntry("unasked", at=self.at)


class GradeSum(Struct, frozen=True):
    """Of an operator, a line, or all (""): `answered` and `mean` are None for fewer than k answers.

    `rate` is answered of asked, None where the number is hidden or nobody was asked.
    """

    of: str
    asked: int
    answered: int | None
    mean: float | None
    rate: float | None


def read(text: str) -> tuple[int, str] | None:
    """A grade with its text; None for a message that may be a question or another subject."""
    if (alone := _ALONE.fullmatch(text.strip())) is not None:
        return int(alone[1]), ""
    found = _WITH_WORDS.fullmatch(text.strip())
    if found is None or _ASKS.search(found[2]):
        return None
    return int(found[1]), found[2].strip()[:WORDS_LIMIT]


def left_of(grade: Csat, key: str) -> Csat:
    """What remains under another key when it becomes anonymous: it counts, without a link to a person."""
    return replace(grade, key=key, conversation=0, address="", words="", record=min(grade.record, 1))


def summed(grades: Sequence[Csat], least: int) -> tuple[GradeSum, list[GradeSum], list[GradeSum]]:
    """All, by operator and by line: no group with fewer than `least` answers, and none that can be derived by subtraction."""
    return (_sum("", grades, shown=sum(1 for each in grades if each.grade) >= least),
            _by(grades, [each.operator for each in grades], least), _by(grades, [each.queue for each in grades], least))


def _by(grades: Sequence[Csat], of: Sequence[str], least: int) -> list[GradeSum]:
    groups: dict[str, list[Csat]] = {}
    for each, name in sorted(zip(grades, of, strict=True), key=lambda pair: pair[1]):
        groups.setdefault(name, []).append(each)
    counts = apart([sum(1 for each in group if each.grade) for group in groups.values()], least)
    return [_sum(name, group, shown=count is not None) for (name, group), count in zip(groups.items(), counts, strict=True)]


def _sum(of: str, grades: Sequence[Csat], *, shown: bool) -> GradeSum:
    given = [each.grade for each in grades if each.grade]
    asked = len(grades)
    if not shown:
        return GradeSum(of, asked, None, None, None)
    return GradeSum(of, asked, len(given), sum(given) / len(given) if given else None, len(given) / asked if asked else None)
