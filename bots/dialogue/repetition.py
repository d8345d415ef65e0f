"""The robot never says the same text twice in a row: the second time it says that it repeats itself, or what else there is: a person.

Events keep what the project and the knowledge said, so «повторите» gives it back unchanged, and the wordings here take turns.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from bots.dialogue.events import BotUttered, Event
from hub.robot.ports import Reply

PERSON = "Позвать оператора"
"""The choice that requests an operator."""
_FACT = ("Повторю. {}\nЕсли нужно другое, ответит оператор.", "Ещё раз. {}\nЕсли вопрос не об этом, ответит оператор.")
_QUESTION = ("Не удалось разобрать ответ. {}", "Снова не удалось разобрать. {}")
_OTHER = ("Пожалуйста, спрашивайте об услугах, документах и сроках. Или позовите оператора.",
          "Если я не помогаю, позовите оператора: он ответит на любой вопрос.")
_TOLD = ("На это я уже ответил. Если нужно другое, ответит оператор.", "Больше об этом я не знаю. Узнать можно у оператора.")
"""Where a repeated answer does not fit the channel."""
_UNKNOWN = "На этот вопрос у меня тоже нет ответа. Его знает оператор: позвать его?"
_OLDEST = 200
"""Last events in which a text is looked for: the cost of a turn does not grow with the dialogue."""


def reworded(replies: Sequence[Reply], before: Sequence[Event], *, asks: bool, missed: bool, longest: int = 0) -> tuple[Reply, ...]:
    """The replies of a turn after the events `before`, in other words where the citizen has just read them.

    `asks`: a form waits for its answer. `missed`: the message was not understood. `longest` are the characters of the channel, 0 for any.
    """
    said, texts = list(_said(before[-_OLDEST:])), [reply.text for reply in replies]
    times = _times(said, texts[::-1])
    if not replies or not (times or (missed and texts[-1] in said)):
        return tuple(replies)
    last, turn = replies[-1], (times - 1) % 2
    if missed and not asks:
        return (replace(last, text=_UNKNOWN if times < 2 else _OTHER[turn], choices=(PERSON,)),)  # noqa: PLR2004 - the third time
    if last.source is None:
        text = _QUESTION[turn].format(last.text) if asks else _OTHER[turn]
        return (replace(last, text=text, choices=_with_person(last)),)
    text = _FACT[turn].format(last.text)
    return (*replies[:-1], replace(last, text=_TOLD[turn] if longest and len(text) > longest else text, choices=_with_person(last)))


def _with_person(reply: Reply) -> tuple[str, ...]:
    return reply.choices if PERSON in reply.choices else (*reply.choices, PERSON)


def _said(events: Iterable[Event]) -> Iterator[str]:
    """Texts of the bot, newest first."""
    return (event.text for event in reversed(tuple(events)) if isinstance(event, BotUttered))


def _times(said: Sequence[str], texts: Sequence[str]) -> int:
    """How many times in a row the texts were said last; both newest first."""
    size, times = len(texts), 0
    while size and said[times * size:(times + 1) * size] == texts:
        times += 1
    return times
