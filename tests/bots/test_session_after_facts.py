"""A dialogue that begins with a fact of the knowledge base goes on by the project's rules."""

from datetime import UTC, datetime

from bots.dialogue.answer import from_knowledge, remembered
from bots.dialogue.dialogue import Dialogue
from bots.knowledge.facts import Focus
from bots.project.project import read_project
from hub.conversations.address import Address
from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.redaction import Redacted
from hub.robot.ports import DialogueTurn, Reply
from okno.robot import built_in
from tests.bots.heard import ByHeart

NOW = datetime(2026, 11, 25, tzinfo=UTC)


async def nothing() -> list[object]:
    return []


async def test_thanks_after_a_fact_are_understood_also_from_the_journal() -> None:
    project = read_project(built_in("centre"))
    dialogue = Dialogue(project, ByHeart(project))
    asked = DialogueTurn(Conversation(1, "001", Address("web.chat", "x"), NOW, WithBot()), 1, Redacted("сколько", "сколько"), NOW, None, nothing)
    told = from_knowledge("v", dialogue.begin(), Reply("6 000 рублей"), asked, Focus("foreign-passport-10"))
    assert told.thought is not None
    for tracker in (told.memory, remembered(dialogue, (told.thought,))):
        turn = await dialogue.turn(tracker, "спасибо", NOW.timestamp() + 5)
        assert turn.said[0].data["utter_action"] == "utter_welcome"
