"""Life in danger: what the citizen is told, and what colleagues see of it. Pure.

What the robot recognises as such (reasoning.Bot.danger) is noted on the conversation and stays there until it is closed, whoever holds
it. It is first in every line, is offered before all else and to those who are full, and is never told of places, hours or a promise.
"""

from datetime import datetime

from msgspec.structs import replace

from hub.conversations.conversation import Conversation, InQueue, Promised, SetAside, hand_over
from hub.conversations.journal import ConversationEvent, HandedOver
from hub.conversations.message import Author, Message

EMERGENCY = "emergency"
"""Why a conversation is handed over."""
NOTED = "Опасность для жизни: заявитель пишет об этом сейчас. Старший уже знает."
NOBODY = "Сейчас рядом никого из сотрудников нет, и я зову их. Пожалуйста, не ждите здесь: позвоните 112 прямо сейчас, там ответят сразу."
"""Said where nobody of the centre could answer at once."""
OWED = "Мы вернёмся к вам, как только сможем. Если жизни что-то угрожает, не ждите нас: позвоните 112 прямо сейчас."

Step = tuple[tuple[ConversationEvent, ...], Conversation]


def endangered(head: Conversation, said: str, robot: str, now: datetime) -> Step | None:
    """What becomes of a conversation that a person has, or will have, when life is in danger; None where that is known already.

    Whoever waits is put into his line anew, so that all who are told of lines hear of it; nobody in particular is waited for. Who has
    nobody with him is told what to do.
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
