"""What proves who somebody is, is tried once and stored nowhere: the journal has «статус НОМЕР ••••••••» (ST-04).

That is a case's code; СНИЛС and code word or name beside the number of an application; whatever is said while the robot asks for these;
and a СНИЛС wherever else it is told to the robot. Between the message that is stored and its answer it is in memory: whoever writes in the
moment in which the hub stops is asked to write once more.
"""

import re
from collections import OrderedDict
from datetime import datetime

from msgspec.structs import replace

from hub.errors import RefusedError
from hub.message import Message

HIDDEN = "••••••••"
CODE = rf"\d[\d ]{{6,10}}\d|{HIDDEN}"
"""A code in a message, as a part of an expression."""
LOST = RefusedError("code_lost", "Код не сохранился: мы не храним коды. Отправьте номер и код ещё раз.")
KEPT = 10_000
"""Messages with something hidden that are not answered yet; the oldest is forgotten first."""
_SNILS = re.compile(
    r"(?<![\d-])(снилс\D{0,12})?(?:\d{3}-\d{3}-\d{3}[\s-]?\d{2}|(?(1)\d{3}[\s-]?\d{3}[\s-]?\d{3}[\s-]?\d{2}|(?!)))(?![\d-])", re.IGNORECASE)
"""As it is written, or however it is where it is named."""


class ToldCodes:
    def __init__(self) -> None:
        self._told: OrderedDict[tuple[datetime, str, str], str] = OrderedDict()

    def hide(self, message: Message, code: str) -> Message:
        """As it is stored without a code at its end."""
        if not code:
            return message
        before, _, after = message.text.rpartition(code)
        return self._hidden(message, f"{before}{HIDDEN}{after}")

    def hide_all(self, message: Message) -> Message:
        """As it is stored where all of it may be a proof."""
        return self._hidden(replace(message, folded=""), HIDDEN) if message.text else message

    def hide_snils(self, message: Message) -> Message:
        """As it is stored without a СНИЛС."""
        return self._hidden(message, _SNILS.sub(lambda found: f"{found[1] or ''}{HIDDEN}", message.text))

    def whole(self, message: Message) -> Message:
        """As it was written, as long as it is not answered."""
        text = self._told.get(_of(message)) if self._told else None
        return message if text is None else replace(message, text=text)

    def answered(self, message: Message) -> None:
        self._told.pop(_of(message), None)

    def _hidden(self, message: Message, text: str) -> Message:
        if text == message.text:
            return message
        hidden = replace(message, text=text)
        self._told[_of(hidden)] = message.text
        if len(self._told) > KEPT:
            self._told.popitem(last=False)
        return hidden


def parts(words: str, stored: str) -> tuple[str, ...]:
    """What is hidden of words in what is stored of them; all of them where that cannot be told."""
    found = re.fullmatch("(.+)".join(map(re.escape, stored.split(HIDDEN))), words, re.DOTALL)
    return found.groups() if found else (words,)


def _of(message: Message) -> tuple[datetime, str, str]:
    return message.at, message.key, message.text
