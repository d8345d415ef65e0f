"""A street full of citizens who never give up: whatever happens to the hub, they come back and say again what was not stored."""

import asyncio
from contextlib import suppress
from random import Random
from typing import Any

import aiohttp

from tests.house import Citizen, Clerk, Frame, House, HungUpError

GONE = (HungUpError, aiohttp.ClientError, OSError)
CALL = "позовите оператора"
TRY_AGAIN_LATER = 1013
SERVICE_UNAVAILABLE = 503
ENOUGH = 150


class Street:
    """What all residents share: whether the hub is there, how much it has acknowledged, whether it is time to go home."""

    def __init__(self, house: House, enough: int = ENOUGH) -> None:
        """`enough` messages after which a resident falls silent, so that transcripts stay of a human length."""
        self.house, self.enough = house, enough
        self.up, self.home = asyncio.Event(), asyncio.Event()
        self.up.set()
        self.acknowledged = 0
        self._due, self._reached = 0, asyncio.Event()

    def count(self) -> None:
        self.acknowledged += 1
        if self.acknowledged >= self._due:
            self._reached.set()

    async def more(self, acknowledged: int) -> None:
        """Wait until so many more messages are acknowledged."""
        self._due = self.acknowledged + acknowledged
        self._reached.clear()
        await self._reached.wait()

    def power_cut(self) -> None:
        self.up.clear()
        self.house.kill()

    async def power_back(self) -> None:
        await asyncio.to_thread(self.house.start)
        self.up.set()


class Resident:
    """One citizen over many connections. `burst` is how many messages he sends before he looks whether they are stored."""

    def __init__(self, number: int, street: Street, http: aiohttp.ClientSession, chance: Random, questions: list[str], *, calls: bool) -> None:
        self.number, self._street, self._chance, self._questions = number, street, chance, questions
        self.citizen = Citizen(http, street.house.base)
        self.burst = 1 if calls else chance.choice((1, 1, 1, 2, 3))
        self._call_at = chance.randint(2, 6) if calls else 0
        self.said: dict[str, str] = {}
        """Texts by their keys, in the order of saying."""
        self.stored: dict[str, str] = {}
        """Ids that were acknowledged, by key."""
        self.heard: list[Frame] = []
        self.faults: list[str] = []
        self.holder = "bot"
        self.in_line, self.came_home = asyncio.Event(), asyncio.Event()

    @property
    def last(self) -> int:
        return int(self.heard[-1]["id"]) if self.heard else 0

    async def live(self) -> None:
        while not self.citizen.token:
            await self._street.up.wait()
            try:
                await self.citizen.enter()
            except GONE:
                continue
        while not self.came_home.is_set():
            await self._street.up.wait()
            try:
                await self.citizen.connect(self.last)
                await self._talk()
            except GONE:
                continue
        await self.citizen.line.close()

    async def _talk(self) -> None:
        """Say again what is not known to be stored, and now and then something that is; then go on."""
        unsure = [key for key in self.said if key not in self.stored]
        known = list(self.stored)
        for key in [*unsure, *self._chance.sample(known, min(len(known), self._chance.randint(0, 2)))]:
            await self.citizen.say(self.said[key], key)
        await self._settled()
        while not self._street.home.is_set() and len(self.said) < self._street.enough:
            for _ in range(self.burst):
                key, text = self._next()
                self.said[key] = text
                await self.citizen.say(text, key)
            await self._settled()
        await self._settled(everything=True)
        self.came_home.set()

    def _next(self) -> tuple[str, str]:
        number = len(self.said) + 1
        question = self._chance.choice(self._questions)
        if number == self._call_at:
            question = CALL
        elif self._chance.random() < 0.5:
            question = f"{question} ({self.number}-{number})"  # never met before: it must be thought about
        return f"{self.number}-{number}", question

    async def _settled(self, *, everything: bool = False) -> None:
        """Listen until all that was said is stored, and, if he waits for answers, until the robot owes none."""
        async with asyncio.timeout(60):
            while len(self.stored) < len(self.said) or ((everything or self.burst == 1) and self._owed()):
                self._take(await self.citizen.line.receive())

    def _owed(self) -> bool:
        own, answers = (sum(frame["author"] == author for frame in self.heard) for author in ("citizen", "bot"))
        return own < len(self.said) or (self.holder == "bot" and answers <= own)  # one of them is the greeting

    async def catch_up(self) -> None:
        """Come back once more for what was said since."""
        await self.citizen.connect(self.last)
        await self.citizen.line.hear("state")
        await self.citizen.line.close()
        for frame in self.citizen.line.unheard:
            self._take(frame)

    def _take(self, frame: Frame) -> None:
        match frame:
            case {"type": "stored", "key": key, "id": number}:
                if self.stored.setdefault(key, number) != number:
                    self.faults.append(f"{key} was stored as {self.stored[key]} and as {number}")
                self._street.count()
            case {"type": "message", "id": number}:
                if int(number) <= self.last:
                    self.faults.append(f"{number} came after {self.last}")
                self.heard.append(frame)
            case {"type": "state", "holder": holder}:
                self.holder = holder
                if holder != "bot":
                    self.in_line.set()
            case {"type": "error", "code": "not_stored"}:  # nor refused: it is said again
                raise HungUpError(TRY_AGAIN_LATER)
            case {"type": "error"}:
                self.faults.append(f"refused: {frame}")


class Attendant:
    """An operator who serves a few residents and sends every reply again until it is answered."""

    def __init__(self, clerk: Clerk, residents: list[Resident], street: Street, chance: Random) -> None:
        self._clerk, self.residents, self._street, self._chance = clerk, residents, street, chance
        self.replies: dict[str, dict[str, str]] = {}
        """For each conversation the ids of the answers, by key."""

    async def work(self) -> None:
        sitting = asyncio.create_task(self._sit())
        async with asyncio.TaskGroup() as tasks:
            for resident in self.residents:
                tasks.create_task(self._attend(resident))
        sitting.cancel()

    async def _sit(self) -> None:
        """At his desk, and there again whenever the hub is: whoever does not come back gives back what he held."""
        while True:
            await self._street.up.wait()
            with suppress(*GONE):
                line = await self._clerk.live()
                await self._clerk.call("PUT", "/api/presence", {"presence": "busy"})
                await line.hung_up()

    async def _attend(self, resident: Resident) -> None:
        await resident.in_line.wait()
        await self._surely(resident, "take")
        replies = self.replies[resident.citizen.conversation] = {}
        while not replies or (not self._street.home.is_set() and len(replies) < self._street.enough):
            await self._reply(resident)

    async def _reply(self, resident: Resident) -> None:
        mine = self.replies[resident.citizen.conversation]
        key = f"{self._clerk.login} {len(mine)}"
        for _ in range(self._chance.choice((1, 1, 2))):
            entry = await self._surely(resident, "reply", {"key": key, "text": f"Ответ {key}"})
            if mine.setdefault(key, entry["id"]) != entry["id"]:
                resident.faults.append(f"reply {key} was stored as {mine[key]} and as {entry['id']}")

    async def _surely(self, resident: Resident, what: str, body: object = None) -> Any:
        while True:
            await self._street.up.wait()
            try:
                status, answer = await self._clerk.act(resident.citizen.conversation, what, body)
            except GONE:
                continue
            if status != SERVICE_UNAVAILABLE:
                assert status == 200, (what, status, answer)
                return answer
