"""Messages to a citizen in the form of messengers: texts split to the limit, and buttons. Pure.

Lengths are counted in UTF-16 units: no messenger counts more units in a text, and some count fewer.
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from msgspec import Struct

from hub.conversations.journal import StoredEvent
from hub.conversations.message import Attachment, Message, Source

STARTED = "Здравствуйте!"
"""The citizen's message for the first press of «Start»: most messengers require it before any text."""
_BORDERS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…;])\s+"), re.compile(r"\s+"))
"""Borders for splitting a text, best first: between paragraphs, lines, sentences, words."""
_LEAST_FILLED = 0.5
"""A better border is used if at least this part of the limit precedes it."""
_ELLIPSIS = "…"
_URL = re.compile(r"https://\S+")
_PLAIN_URL = re.compile(r"https://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?(?:[/?#][!-~]*)?", re.ASCII | re.IGNORECASE)
"""Of ASCII alone, with a whole host name (RFC 3986 §3): messengers refuse a message for the address of a button."""
_AFTER_URL = ".,;:!?)]}>'\"»”…"
_URL_LIMIT, _MOST_LINKS = 1024, 3


class OutgoingMessage(Struct, frozen=True):
    """The messages of one step."""

    text: str
    choices: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


class LinkButton(Struct, frozen=True):
    """A button that opens a page."""

    label: str
    url: str


class Button(Struct, frozen=True):
    """`label` fits the messenger's limit, `index` is the position of the choice among all."""

    label: str
    index: int


def joined(records: Sequence[StoredEvent]) -> OutgoingMessage:
    """The messages of one step as one. The last choices replace earlier ones."""
    messages = [record.entry for record in records if isinstance(record.entry, Message)]
    choices = next((message.choices for message in reversed(messages) if message.choices), ())
    attachments = tuple(attachment for message in messages for attachment in message.attachments)
    return OutgoingMessage("\n\n".join(filter(None, map(_with_source, messages))), choices, attachments)


def source_line(source: Source) -> str:
    """The source of an answer, and the day on which it was last confirmed."""
    return f"Источник: {source.body or source.title}, верно на {source.valid_from:%d.%m.%Y}."


def _with_source(message: Message) -> str:
    return "\n".join(filter(None, (message.text.strip(), source_line(message.source) if message.source else "")))


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def cut(text: str, limit: int) -> list[str]:
    """A text in pieces of at most `limit` units, split at natural borders. Only white space at the borders is lost."""
    pieces, rest = [], text.strip()
    while units(rest) > limit:
        end = _border(_head(rest, limit + 1), limit)
        pieces.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*pieces, rest] if rest else pieces


def _border(head: str, limit: int) -> int:
    """The position to split; `head` is one character longer than the limit, so that a border right after it is found."""
    last = 0
    for border in _BORDERS:
        last = max((found.start() for found in border.finditer(head)), default=0)
        if units(head[:last]) >= limit * _LEAST_FILLED:
            return last
    return last or len(_head(head, limit))


def _head(text: str, limit: int) -> str:
    """The longest beginning of at most `limit` units; surrogate pairs are not split."""
    head = text[:limit]
    while units(head) > limit:
        head = head[:-max(1, (units(head) - limit) // 2)]
    return head


def labels(choices: Sequence[str], limit: int) -> list[str]:
    """A unique label of at most `limit` units for each choice, since some messengers return only the label."""
    made: list[str] = []
    for choice in choices:
        label, number = _shortened(choice, limit), 1
        while label in made:
            number += 1
            tail = f" ({number})"
            label = _shortened(choice, limit - len(tail)) + tail
        made.append(label)
    return made


def _shortened(choice: str, limit: int) -> str:
    line = " ".join(choice.split())
    return line if units(line) <= limit else _head(line, limit - len(_ELLIPSIS)).rstrip() + _ELLIPSIS


def rows(choices: Sequence[str], label_limit: int, *, width: int = 32, most: int = 100) -> list[list[Button]]:
    """Buttons for the first `most` choices: short ones share a row while their labels have at most `width` units."""
    made: list[list[Button]] = []
    free = 0
    for index, label in enumerate(labels(choices[:most], label_limit)):
        if units(label) > free:
            made.append([])
            free = width
        made[-1].append(Button(label, index))
        free -= units(label)
    return made


def links(text: str, label_limit: int) -> list[LinkButton]:
    """Buttons for the first pages that a text names; the text keeps their addresses."""
    named = dict.fromkeys(found[0].rstrip(_AFTER_URL) for found in _URL.finditer(text))
    urls = [url for url in named if len(url) <= _URL_LIMIT and _PLAIN_URL.fullmatch(url)][:_MOST_LINKS]
    hosts = [urlsplit(url).hostname for url in urls]
    return [LinkButton(label, url) for label, url in zip(labels([f"Открыть {host}" for host in hosts], label_limit), urls, strict=True)]


def pressed(label: str, choices: Sequence[str], label_limit: int) -> str:
    """The choice of a pressed button; the label itself if it belongs to none of these."""
    return dict(zip(labels(choices, label_limit), choices, strict=True)).get(label, label)
