"""What proves who somebody is, is tried once and stored nowhere: the journal has «статус НОМЕР ••••••••» (ST-04).

That is a case's code; СНИЛС and code word or name beside the number of an application; whatever is said while the robot asks for these;
and a СНИЛС wherever else it is told to the robot. Between the message that is stored and its answer it is in memory: whoever writes in the
moment in which the hub stops is asked to write once more.
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
"""A code in a message, as a part of an expression."""
LOST = RefusedError("code_lost", "Код не сохранился: мы не храним коды. Отправьте номер и код ещё раз.")
KEPT = 10_000
"""Messages with something hidden that are not answered yet; the oldest is forgotten first."""
MOST = 50
"""Numbers that are hidden one by one; a message that has more is hidden from the next one on."""
_SNILS = re.compile(
    r"(?<![\d-])(снилс\D{0,12})?(?:\d{3}-\d{3}-\d{3}[\s-]?\d{2}|(?(1)\d{3}[\s-]?\d{3}[\s-]?\d{3}[\s-]?\d{2}|(?!)))(?![\d-])", re.IGNORECASE)
"""As it is written, or however it is where it is named."""


class Redacted(Struct, frozen=True):
    """The words of a message, what is stored of them, and the parts of them that are stored nowhere."""

    words: str
    stored: str
    hidden: tuple[str, ...] = ()


class SecretRedactor:
    """Remembers the parts when it hides them: from the words and what is stored of them they could not be told again."""

    def __init__(self) -> None:
        self._told: OrderedDict[tuple[datetime, str, str], Redacted] = OrderedDict()

    def hide(self, message: Message, code: str) -> Message:
        """As it is stored without a code at its end."""
        if not code:
            return message
        before, _, after = message.text.rpartition(code)
        return self._hidden(message, f"{before}{HIDDEN}{after}", (code,))

    def hide_all(self, message: Message) -> Message:
        """As it is stored where all of it may be a proof."""
        return self._hidden(replace(message, folded=""), HIDDEN, (message.text,)) if message.text else message

    def hide_snils(self, message: Message) -> Message:
        """As it is stored without a СНИЛС."""
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
        """As it was written, as long as it is not answered."""
        return replace(message, text=self.told(message).words)

    def told(self, message: Message) -> Redacted:
        """The words of a stored message with what is hidden of them, as long as it is not answered."""
        return self._told.get(_of(message)) or Redacted(message.text, message.text)

    def answered(self, message: Message) -> None:
        self._told.pop(_of(message), None)

    def _hidden(self, message: Message, text: str, parts: tuple[str, ...]) -> Message:
        if text == message.text:
            return message
        hidden = replace(message, text=text)
        self._told[_of(hidden)] = Redacted(message.text, text, parts)
        if len(self._told) > KEPT:
            self._told.popitem(last=False)
        return hidden


def _of(message: Message) -> tuple[datetime, str, str]:
    return message.at, message.key, message.text
