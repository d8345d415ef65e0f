"""People whose matter is another centre's: what they are handed over for, and what they say whoever has them."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from random import Random

from msgspec import Struct

from tests.house import Frame, People
from tests.journeys.country import FEDERAL, MUNICIPAL, REGIONAL
from tests.journeys.street import CALL, GONE, Resident, Street

WORDS, PACE_S = 6, 0.4
"""So many things everybody says, and how fast people write."""


class Errand(Struct, frozen=True):
    """Why somebody is handed over, and what must be known of him for it."""

    errand: str
    place: Mapping[str, str]
    topic: str = ""


ERRANDS = {
    (REGIONAL, MUNICIPAL): Errand("mfc_staff", {"mfc": "large"}),
    (MUNICIPAL, REGIONAL): Errand("right_place", {"subject": "50"}),
    (REGIONAL, FEDERAL): Errand("answer", {"subject": "50"}, "rights"),  # nobody is ready at 077, so it is overloaded
}


class Visitor(Resident):
    """He speaks at his own pace, whoever has him, and stays until he has said all and it is closed, or told to go home."""

    def __init__(self, number: int, street: Street, present: People, chance: Random) -> None:
        super().__init__(number, street, present.http, chance, [], calls=True)
        self.silent = asyncio.Event()
        self.matter = ""
        """The number of his conversation."""

    async def _talk(self) -> None:
        for key in [key for key in self.said if key not in self.stored]:
            await self.citizen.say(self.said[key], key)
        speaking = asyncio.create_task(self._speak())
        try:
            while not self._may_go():
                self._take(await self.citizen.line.receive())
        finally:
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)
        self.came_home.set()

    def _may_go(self) -> bool:
        over = self.holder == "closed" or self._street.home.is_set()
        return over and self.silent.is_set() and len(self.stored) == len(self.said)

    async def go_home(self) -> None:
        """The street's end is reached: he looks once more whether all is stored."""
        if not self.came_home.is_set():
            await self.citizen.line.close()
            await self.came_home.wait()

    async def _speak(self) -> None:
        with suppress(*GONE):
            while len(self.said) < WORDS:
                key = f"{self.number}-{len(self.said) + 1}"
                self.said[key] = f"Слово {key}" if self.said else CALL
                await self.citizen.say(self.said[key], key)
                await asyncio.sleep(self._chance.uniform(PACE_S / 2, 2 * PACE_S))
            self.silent.set()

    def _take(self, frame: Frame) -> None:
        if frame["type"] == "state":
            self.matter = frame["number"]
        super()._take(frame)


class Visit(Struct, eq=False):
    """`stays`: nobody closes it, so that it is seen who has it at the end."""

    visitor: Visitor
    home: str
    to: str
    stays: bool
    replies: dict[str, str] = {}
    """What his own centre's operators were told to be stored, by key."""
    passed: bool = False
    answered: bool = False
    """Whether those there have said all that they had to say."""

    @property
    def conversation(self) -> str:
        return self.visitor.citizen.conversation
