"""Attempts to send a fax, and the effect of a call's result. Pure.

The causes come from Asterisk, and are those of Q.850.
"""

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

NEVER = {
    1: "номер не существует", 2: "номер не существует", 3: "до номера нет пути", 22: "номер изменён", 28: "номер набран неверно",
}
"""Permanent causes: no retry."""
LATER = {
    16: "абонент положил трубку", 17: "номер занят", 18: "номер не отвечает", 19: "номер не отвечает",
    20: "номер недоступен", 21: "звонок отклонён",
    27: "номер недоступен", 34: "линии заняты", 38: "сеть неисправна", 41: "сбой сети", 42: "сеть перегружена",
}
NO_MACHINE = "initial communication"
"""SpanDSP's text when T0 of T.30 has expired: no fax machine answered."""


class Attempts(Struct, frozen=True):
    """Stored before the first call. `sent`: it has arrived, and must not be sent again."""

    times: int
    at: datetime
    """Time of the last call."""
    sent: bool = False

    def written(self) -> str:
        return msgspec.json.encode(self).decode()


def read(value: str) -> Attempts:
    return msgspec.json.decode(value, type=Attempts)


def due(attempts: Attempts, pause_s: float) -> datetime:
    """The earliest time of the next call."""
    return attempts.at + timedelta(seconds=pause_s)


def hopeless(cause: int, why: str) -> str:
    """Why a failed fax is permanently undeliverable, in words; "" if a retry may help."""
    return NEVER.get(cause, "") or ("там ответил не факс" if NO_MACHINE in why else "")


def words(cause: int, why: str) -> str:
    """Why a fax was not taken, for an operator."""
    return f"передача прервалась ({why})" if why else LATER.get(cause, "соединиться не удалось")
