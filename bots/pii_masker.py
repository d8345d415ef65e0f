"""Masks personal data in citizens' phrases before designers see them.

Rules find telephones, СНИЛС, numbers of documents and cards, e-mail addresses, links, full dates, names and addresses. The rules prefer
to mask too much: four digits in a row are always masked, with any separators.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from bots.grammar.numbers import find_applications, find_phones, find_snils
from bots.grammar.plain import Plain, plain
from bots.names import Names
from bots.russian import Russian
from bots.streets import Streets

LONGEST = 2000
"""Maximum characters that are read; the rest is left out."""
OPENS, CLOSES = "‹", "›"
"""Marks around a replacement. No keyboard has them, so a citizen's words are never taken for a mask."""
MASK = re.compile(f"{OPENS}[^{OPENS}{CLOSES}]*{CLOSES}")

_MAILBOX = re.compile(
    r"(?<![\w.+%-])[\w.+%-]+@[\w.-]*\w"
    r"|(?<!\S)\S+\s+собака\s+(?:\S+(?:\s+(?:точка|dot)\s+\w+)+|\S+\.\w+|(?:mail|gmail|yandex|ya|bk|list|inbox|rambler|мэйл|мейл|майл|емейл"
    r"|имейл|гмейл|гмайл|джимейл|яндекс|рамблер|инбокс|лист|бк)\b(?:\s+(?:ру|ком|ru|com)\b)?)|(?<!\w)@\w+")
"""«Собака» is read as @ before a point or a known provider."""
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_DIGITS = re.compile(r"\+?\d(?:[\s\-–—./()№#,]{0,3}\d){3,}")
"""Four digits or more with common separators; this includes prices and years."""
_DATE = re.compile(
    r"\b\d{1,2}(?:-?(?:го|е|ого))?\s+(?:январ|феврал|март|апрел|ма[йяе]|июн|июл|август|сентябр|октябр|ноябр|декабр)\w*\s+"
    r"(?:(?:19|20)\d\d|\d\d)(?:-?го)?(?:\s+г(?:од\w*|\.)?)?")
_NUMERIC_DATE = re.compile(r"\b\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})\b(?:\s*г(?:\.|ода?\b))?")
_PLATE = re.compile(r"\b[авекмнорстухabekmhopctyx]\s?\d{3}\s?[авекмнорстухabekmhopctyx]{2}(?:\s?\d{2,3})?\b")
_SERIES = re.compile(r"\b[ivxlcхм]{1,6}\s?-\s?[а-я]{2}\b(?:\W{0,3}\d+)?")
"""Numbers of certificates of civil registration: «II-МЮ № 612345»."""


class Span(Struct, frozen=True, order=True):
    """`text[start:end]` is personal; `what` replaces it."""

    start: int
    end: int
    what: str


class PiiMasker:
    """Masks personal data. Immutable and thread-safe."""

    def __init__(self, russian: Russian) -> None:
        self._names, self._streets = Names(russian), Streets(russian)

    def mask(self, text: str) -> str:
        """The text with «‹телефон›» and the like instead of personal data."""
        text = text[:LONGEST].translate({ord(OPENS): "<", ord(CLOSES): ">"})
        pieces, at = list[str](), 0
        for span in self.spans(text):
            pieces += [text[at:span.start], OPENS, span.what, CLOSES]
            at = span.end
        return "".join([*pieces, text[at:]])

    def spans(self, text: str) -> list[Span]:
        """Personal data, from left to right, without overlaps; adjacent spans are joined."""
        said = plain(text)
        kept = list[Span]()
        # The most exact kind comes first; overlapping spans get its name.
        for span in (*_written(text), *_each(self._streets.find(said), "адрес"), *_numbered(said), *_digits(text, said),
                     *_each(self._names.find(text), "имя")):
            over = [one for one in kept if span.start < one.end and one.start < span.end]
            kept = [one for one in kept if one not in over]
            kept.append(Span(min([span.start, *(one.start for one in over)]), max([span.end, *(one.end for one in over)]),
                             over[0].what if over else span.what))
        return _together(text, sorted(kept))


def _together(text: str, spans: list[Span]) -> list[Span]:
    """«‹адрес›, ‹адрес›» is one."""
    found = list[Span]()
    for span in spans:
        if found and found[-1].what == span.what and not text[found[-1].end:span.start].strip(" ,."):
            span = Span(found.pop().start, span.end, span.what)  # noqa: PLW2901 - joined with the span before
        found.append(span)
    return found


def without_masks(text: str) -> str:
    """A masked text as an example, without its masks."""
    return re.sub(r" ([,.!?;:])", r"\1", " ".join(MASK.sub(" ", text).split()))


def _each(found: Iterable[tuple[int, int]], what: str) -> Iterator[Span]:
    return (Span(start, end, what) for start, end in found)


def _written(text: str) -> Iterator[Span]:
    for expression, what in ((_LINK, "ссылка"), (_MAILBOX, "почта")):
        yield from (Span(match.start(), match.end(), what) for match in expression.finditer(text))


def _numbered(said: Plain) -> Iterator[Span]:
    yield from (Span(found.start, found.end, "СНИЛС") for found in find_snils(said))
    yield from (Span(found.start, found.end, "телефон") for found in find_phones(said))
    for expression in (_DATE, _NUMERIC_DATE):
        yield from (Span(*said.span(match.start(), match.end()), "дата") for match in expression.finditer(said.text))
    yield from (Span(found.start, found.end, "номер") for found in find_applications(said))
    for expression in (_PLATE, _SERIES):
        yield from (Span(*said.span(match.start(), match.end()), "номер") for match in expression.finditer(said.text))


def _digits(text: str, said: Plain) -> Iterator[Span]:
    """Digits, spoken and written."""
    yield from (Span(*said.span(match.start(), match.end()), "номер") for match in _DIGITS.finditer(said.text))
    yield from (Span(match.start(), match.end(), "номер") for match in _DIGITS.finditer(text))
