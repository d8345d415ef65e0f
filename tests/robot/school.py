"""What was said to the robot, and those who look through it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.dialogue.actions import NoActions
from bots.project.collected_examples import PATH
from bots.project.phrase_collector import PhraseCollector
from bots.russian import Russian
from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError
from hub.organisation.queue import Lines, Queue
from hub.reporting.days import Days
from hub.robot.day_figures import RobotDays
from hub.robot.dialogue_draft import Drafts
from hub.robot.phrase_labels import Phrase, PhraseLabelling
from hub.robot.version_registry import VersionRegistry
from okno.adapters.workshop import Workshop
from storage.files import FileStore
from tests.past import MOSCOW, Past, at, today

TODAY = today()
YESTERDAY = TODAY - timedelta(days=1)
VERSION = "a1b2c3d4e5f60718"


class School:
    """What was said to the robot, and those who look through it."""

    def __init__(self, store: Store, folder: Path, russian: Russian) -> None:
        self.past = Past(store, at(TODAY, 9))
        clock = lambda: self.past.now  # noqa: E731
        self.store, self.files = store, FileStore(folder)
        self.version_registry = VersionRegistry(store, self.files, clock)
        workshop = Workshop(russian, NoActions(), lambda _: None)
        self.drafts = Drafts(store, self.files, self.version_registry, workshop, clock)
        teaching = PhraseCollector(russian)
        days = RobotDays(store, Days(store, Lines([Queue("general", "Общая")]), "001", MOSCOW, clock), teaching.said)
        self.phrase_labelling = PhraseLabelling(store, days, teaching, self.drafts, self.version_registry, workshop, clock)

    async def phrases(self) -> list[Phrase]:
        return await self.phrase_labelling.phrases(YESTERDAY, TODAY)

    async def keys(self) -> list[str]:
        return [each.key for each in await self.phrases()]

    async def own(self) -> str:
        """The draft's file of phrases."""
        draft = await self.drafts.draft()
        return (await self.drafts.texts(draft)).get(PATH, "") if draft else ""

    async def throw_away(self) -> None:
        draft = await self.drafts.draft()
        assert draft is not None
        await self.drafts.discard("anna", draft.project)

    async def missed(self, moment: datetime, *said: str) -> None:
        """Somebody each says it at a time, and is not understood."""
        self.past.now = moment
        for words in said:
            self.past.forward(1)
            await self.past.tells(f"{words} {self.past.now}", words)


async def refused(work: Any) -> str:
    with pytest.raises(RefusedError) as error:
        await work
    return error.value.code
