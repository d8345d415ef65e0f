"""Redaction of secrets: a proof of identity is tried once and never stored. The journal has «статус НОМЕР ••••••••» (ST-04).

Redacted are: the code of a case; СНИЛС, code word or name beside an application number; every message while the robot asks for
these; a СНИЛС in any other message to the robot. Until it is answered the message is in memory: if the hub stops in that moment the
citizen is asked to write again.
"""

import re
from collections import OrderedDict
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.message import Message
from hub.kernel.errors import RefusedError

HIDDEN = "••••••••"
CODE = rf"\d[\d ]{{6,10}}\d|{HIDDEN}"
"""A code in a message, as a part of a pattern."""
LOST = RefusedError("code_lost", "Код не сохранился: мы не храним коды. Отправьте номер и код ещё раз.")
KEPT = 10_000
"""Redacted messages that are not answered yet; the oldest is forgotten first."""
MOST = 50
"""Numbers that are redacted one by one; in a message with more, everything after them is redacted."""
_SNILS = re.compile(
    r"(?<![\d-])(снилс\D{0,12})?(?:\d{3}-\d{3}-\d{3}[\s-]?\d{2}|(?(1)\d{3}[\s-]?\d{3}[\s-]?\d{3}[\s-]?\d{2}|(?!)))(?![\d-])", re.IGNORECASE)
"""In its usual spelling, or in any spelling after its name."""


def without_snils(text: str) -> str:
    """A text with its СНИЛС redacted."""
    return _SNILS.sub(lambda found: f"{found[1] or ''}{HIDDEN}", text)


class Redacted(Struct, frozen=True):
    """The text of a message, its stored form, and the parts that are never stored."""

    words: str
    stored: str
    hidden: tuple[str, ...] = ()


class SecretRedactor:
    """Remembers the redacted parts: they cannot be derived from the two texts."""

    def __init__(self) -> None:
        self._told: OrderedDict[tuple[datetime, str, str], Redacted] = OrderedDict()

    def hide(self, message: Message, code: str) -> Message:
        """The stored form without a code at its end."""
        if not code:
            return message
        before, _, after = message.text.rpartition(code)
        return self._hidden(message, f"{before}{HIDDEN}{after}", (code,))

    def hide_all(self, message: Message) -> Message:
        """The stored form where the whole text may be a proof."""
        return self._hidden(replace(message, folded=""), HIDDEN, (message.text,)) if message.text else message

    def hide_snils(self, message: Message) -> Message:
        """The stored form without a СНИЛС."""
        text = message.text
        spans = [(found.end(1) if found[1] else found.start(), found.end()) for found in _SNILS.finditer(text)]
        parts = dict.fromkeys(text[start:end] for start, end in spans)
        if len(spans) > MOST:
            spans = [*spans[:MOST], (spans[MOST][0], len(text))]
            parts[text[spans[MOST][0]:]] = None
        kept, at = list[str](), 0
        for start, end in spans:
            kept += [text[at:start], HIDDEN]
            at = end
        return self._hidden(message, "".join([*kept, text[at:]]), tuple(parts))

    def whole(self, message: Message) -> Message:
        """The original text until it is answered."""
        return replace(message, text=self.told(message).words)

    def told(self, message: Message) -> Redacted:
        """The text of a stored message with its redacted parts, until it is answered."""
        return self._told.get(_of(message)) or Redacted(message.text, message.text)

    def answered(self, message: Message) -> None:
        self._told.pop(_of(message), None)

    def _hidden(self, message: Message, text: str, parts: tuple[str, ...]) -> Message:
        if text == message.text:
            return message
        hidden = replace(message, text=text, original=None)
        self._told[_of(hidden)] = Redacted(message.text, text, parts)
        if len(self._told) > KEPT:
            self._told.popitem(last=False)
        return hidden


def _of(message: Message) -> tuple[datetime, str, str]:
    return message.at, message.key, message.text
