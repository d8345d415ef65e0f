"""What a call says to the caller by itself. Pure."""

import math
from collections.abc import Sequence

from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author, Message
from hub.dispatch.overflow import ANSWER_LATER
from hub.robot.answer_feedback import QUESTION, asks, without_feedback

THANKS, FAREWELL = "Спасибо за обращение.", "До свидания."
GOODBYE = THANKS, FAREWELL
ASKS = "Оцените разговор: нажмите цифру от одного до пяти, где пять — отлично. Можно просто положить трубку."
GRADED = "Оценка учтена."
AGAIN = "Вас не слышно."
INVITES = "Скажите, что вы хотите узнать."
MORE_KEY = "#"
MORE = "Сказать ещё? Да — решётка."
SORRY = "Извините, у нас произошла ошибка."
RECORDED = "Разговор записывается."
LATER = "1"
CALL_BACK = f"Чтобы мы вам перезвонили, нажмите {LATER}."
CALL_BACK_BY_WORD = f"Чтобы мы вам перезвонили, скажите «да» или нажмите {LATER}."
OFFERS = CALL_BACK, CALL_BACK_BY_WORD
"""How a callback is offered, without and with speech recognition."""
KEYS = 9
"""Most choices of a menu by keys; 0 is an operator."""
BRIEF = 52
"""Characters of a brief."""
MOMENT_S, LONGEST_S = 20, 1800
"""A wait within the promise (SL-03) is not announced; above the second value no forecast is exact enough for a number."""


def announced(text: str, choices: tuple[str, ...], call_back: str = CALL_BACK) -> str:
    """A text with its menu, read aloud."""
    keyed = choices[:KEYS]
    others = without_feedback(keyed)
    menu = [call_back if choice == ANSWER_LATER else f"Нажмите {n} — {choice}." for n, choice in enumerate(others, 1)]
    asked = [f"{QUESTION} Да — {len(others) + 1}, нет — {len(keyed)}."] if asks(keyed) else []
    return "\n".join([text, *menu, *asked])


def standing(place: int, wait_s: float) -> str:
    """The place in line, and the expected wait in whole minutes, rounded up."""
    told = f"Ваш номер в очереди: {place}."
    return f"{told} Ожидание примерно {_minutes(math.ceil(wait_s / 60))}." if MOMENT_S < wait_s <= LONGEST_S else told


def brief(records: Sequence[StoredEvent]) -> str:
    """What the robot has noted for who takes over, in one sentence of some four seconds; "" where it has not talked."""
    notes = [note.text for record in records
             if isinstance(note := record.entry, Message) and note.internal and note.author is Author.SYSTEM and note.name]
    first, *more = notes[-1].splitlines() if notes else [""]
    told = " ".join((first, *more[:1])) if first.endswith(":") else first
    return told if len(told) <= BRIEF else f"{told[:BRIEF].rsplit(' ', 1)[0].rstrip(' ,;(')}."


def _minutes(number: int) -> str:
    if number % 10 == 1 and number % 100 != 11:  # noqa: PLR2004 - одиннадцать минут
        return f"{number} минута"
    few = 2 <= number % 10 <= 4 and not 12 <= number % 100 <= 14  # noqa: PLR2004 - две минуты, двенадцать минут
    return f"{number} {'минуты' if few else 'минут'}"
