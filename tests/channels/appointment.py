"""The appointment form of the house's own project, as a citizen of any channel walks through it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from importlib.resources import files
from typing import Any

from bots.dialogue.centre_actions import CentreActions
from bots.dialogue.dialogue import Dialogue
from bots.grammar.extraction import Grammar
from bots.knowledge.faq import FaqBot
from bots.knowledge.knowledge_file import read_articles
from bots.project.project import read_project
from bots.project.validation import load
from bots.russian import Russian
from bots.understanding.model_codec import load as unpack
from bots.understanding.training import train
from hub.conversations.conversation import Conversation, InQueue
from hub.conversations.message import Message
from hub.conversations.ports import Store
from hub.organisation.centre import Mfc
from okno.adapters.dialogue_engine import LocalDialogueEngine
from okno.robot import MODEL, built_in
from tests.channels.room import Talks
from tests.rig import eventually
from tests.traits import TRAITS

BEGINS = "хочу записаться на приём"
STEPS: Sequence[tuple[str, str]] = (
    ("Для какой услуги", "Прописка"), ("В каком городе", "{place}"), ("На какой день", "Завтра"), ("В какое время", "Утром"))
"""What is asked, and which of the choices is taken. A telephone and the agreement follow."""
PHONE, AGREES = "8 916 123-45-67", ("Всё верно?", "Да")
MFCS = (Mfc(valid_from=date(2026, 1, 1), id="tver", name="МФЦ Твери", subject="69", municipality="28701000", served_population=100_000,
            locality="Тверь", address="Тверской пр., 1"),)


def talks(russian: Russian) -> Talks:
    """The robot with the house's own project."""
    bot = FaqBot(russian, "Центр", TRAITS)
    bot.learn(read_articles((files("okno.demo") / "articles.toml").read_text(encoding="utf8")))
    folder = built_in("centre")
    project = read_project(folder)
    house = CentreActions(lambda: bot.articles, lambda said: asyncio.wrap_future(bot.suggested(said, 3)), lambda: MFCS, Grammar(russian), lambda: date(2026, 11, 25), TRAITS)
    model = folder / MODEL  # it is taught when Okno is built
    understanding = unpack(model.read_bytes(), russian) if model.exists() else train(project.examples, russian)
    dialogue = Dialogue(project, understanding, load(project), house)

    async def ready(version: str) -> Dialogue:
        del version
        return dialogue

    return bot, LocalDialogueEngine(bot, lambda: "v1", ready)


async def walk(says: Callable[[str], Awaitable[Any]], sees: Callable[[str], Awaitable[Any]], takes: Callable[[str], Awaitable[Any]],
               phone: Callable[[], Awaitable[Any]] | None = None, place: str = "Тверь") -> None:
    """From the wish to the agreement: a citizen `says` words, `sees` what he is asked, and `takes` what he is offered."""
    await says(BEGINS)
    for asked, choice in STEPS:
        await sees(asked)
        await takes(choice.format(place=place))
    await sees("номер")
    await (phone() if phone else says(PHONE))
    await sees(AGREES[0])
    await takes(AGREES[1])
    await sees("Передаю оператору")


async def passed_on(store: Store, conversation: int, place: str = "Тверь", phone: str = "+7 916 123-45-67") -> Conversation:
    """As it is when somebody is to take over, who knows what was said."""
    async def waits() -> bool:
        head = await store.conversation(conversation)
        return head is not None and isinstance(head.holder, InQueue)

    await eventually(waits)
    head = await store.conversation(conversation)
    assert head is not None
    assert head.topic == "appointments"
    notes = [r.entry.text for r in await store.records(conversation, limit=1000) if isinstance(r.entry, Message) and r.entry.internal]
    for part in ("Услуга: прописка", place, "День: завтра", "с 6 до 12", phone):
        assert part in notes[-1]
    return head
