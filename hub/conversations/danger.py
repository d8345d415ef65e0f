"""Danger to life: what the citizen is told, and what operators see. Pure.

When the robot recognises it (Bot.danger) it is recorded in the conversation until it is closed, whoever holds it. The conversation
is first in every line, is offered before all others and also to operators at capacity; the citizen gets no texts about places, hours
or promises.
"""

from datetime import datetime

from msgspec.structs import replace

from hub.conversations.conversation import Conversation, InQueue, Promised, SetAside, hand_over
from hub.conversations.journal import HandedOver
from hub.conversations.message import Author, Message
from hub.conversations.step import Step

EMERGENCY = "emergency"
"""Reason of the hand-over."""
NOTED = "Опасность для жизни: заявитель пишет об этом сейчас. Старший уже знает."
NOBODY = "Сейчас рядом никого из сотрудников нет, и я зову их. Пожалуйста, не ждите здесь: позвоните 112 прямо сейчас, там ответят сразу."
"""Text where nobody of the centre can answer at once."""
OWED = "Мы вернёмся к вам, как только сможем. Если жизни что-то угрожает, не ждите нас: позвоните 112 прямо сейчас."


def endangered(head: Conversation, said: str, robot: str, now: datetime) -> Step | None:
    """The effect of danger to life on a conversation that an operator has or will have; None where it is known already.

    A waiting conversation is queued again, so that everybody who follows the lines is notified; a reservation for one operator ends.
    A citizen without an operator is told what to do.
    """
    if head.danger is not None or isinstance(head.holder, SetAside):
        return None
    head, noted = replace(head, danger=now), Message(Author.SYSTEM, NOTED, now, internal=True)
    match head.holder:
        case InQueue() as line:
            line = replace(line, wanted="", yields=False)
        case Promised(queue=queue):
            line = InQueue(queue, now)
        case _:
            return (noted,), head
    return (noted, Message(Author.BOT, said, now, name=robot), HandedOver(now, line, EMERGENCY)), hand_over(head, line)
