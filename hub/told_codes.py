"""A code that a citizen writes beside a number is tried once and stored nowhere: the journal has «статус НОМЕР ••••••••» (ST-04).

So is his code word beside the number of an application. Between the message that is stored and its answer the code is in memory.
Whoever writes in the moment in which the hub stops is asked to write once more.
"""

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
"""Codes whose messages are not answered yet; the oldest is forgotten first."""


class ToldCodes:
    def __init__(self) -> None:
        self._codes: OrderedDict[tuple[datetime, str, str], str] = OrderedDict()

    def hide(self, message: Message, code: str) -> Message:
        """As it is stored."""
        if not code or code == HIDDEN:
            return message
        before, _, after = message.text.rpartition(code)
        hidden = replace(message, text=f"{before}{HIDDEN}{after}")
        self._codes[_of(hidden)] = code
        if len(self._codes) > KEPT:
            self._codes.popitem(last=False)
        return hidden

    def whole(self, message: Message) -> Message:
        """As it was written, as long as it is not answered."""
        code = self._codes.get(_of(message), HIDDEN) if self._codes else HIDDEN
        return replace(message, text=message.text.replace(HIDDEN, code, 1)) if code != HIDDEN else message

    def answered(self, message: Message) -> None:
        self._codes.pop(_of(message), None)


def _of(message: Message) -> tuple[datetime, str, str]:
    return message.at, message.key, message.text
