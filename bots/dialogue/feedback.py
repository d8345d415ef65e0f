"""«Помогло?» in a dialogue: which turns ask it, and what follows the citizen's answer to it. Pure."""

from collections.abc import Sequence

from msgspec.structs import replace

from bots.dialogue.answer import from_knowledge, summary
from bots.dialogue.tracker import Tracker
from bots.knowledge.faq import CALL
from bots.knowledge.feedback import feedback
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.turn_result import TurnResult
from hub.robot.answer_feedback import CHOICES
from hub.robot.ports import DialogueAnswer, DialogueTurn, HandOff, Reply

_GLAD = "Пожалуйста! Хорошо, что ответ помог. Появится вопрос — спрашивайте."
_SORRY = "Жаль, что ответ не подошёл. Я записал это, чтобы его исправили. Позвать оператора? Или уточните вопрос, отвечу ещё раз."
_CALLED = "Соединяю с оператором. Пожалуйста, оставайтесь на связи: ваш вопрос и мой ответ он увидит."
_GO_ON = "Хорошо. Спрашивайте, если что-то ещё нужно. Оператора можно позвать в любой момент."


def answered_feedback(version: str, tracker: Tracker, asked: DialogueTurn, always: Sequence[str]) -> DialogueAnswer | None:
    """The turn of a message that only says whether the last answer helped; None for any other.

    `always` are the choices where no others are offered.
    """
    before = asked.holder.result
    helped = feedback(asked.words, asked=before in {TurnResult.ANSWERED, TurnResult.UNHELPED})
    if before is TurnResult.ASKS or helped is None:
        return None
    if before is TurnResult.UNHELPED:
        if helped:  # a person was offered
            return DialogueAnswer((), None, gives_up=HandOff("asked", _CALLED, asked.head.topic), note=summary(tracker))
        return from_knowledge(version, tracker, Reply(_GO_ON, (CALL,)), asked)
    if helped:
        return from_knowledge(version, tracker, Reply(_GLAD, tuple(always)), asked, result=TurnResult.HELPED)
    return from_knowledge(version, tracker, Reply(_SORRY, (CALL,)), asked, result=TurnResult.UNHELPED)


def with_feedback(answered: DialogueAnswer, asked: DialogueTurn, traits: TraitRegistry) -> DialogueAnswer:
    """A turn that has told a fact or an article, with the question whether it helped.

    Where a line more costs money or breath, of several answers in a row the first alone asks.
    """
    channel = traits.of(asked.head.address)
    costs = channel.brief or channel.spoken or channel.letters
    if (answered.thought is None or answered.thought.result is not TurnResult.ANSWERED or answered.gives_up is not None or channel.paper
            or (costs and asked.holder.result is TurnResult.ANSWERED)):
        return answered
    last = answered.replies[-1]
    return replace(answered, replies=(*answered.replies[:-1], replace(last, choices=(*last.choices, *CHOICES))))
