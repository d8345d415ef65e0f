"""People whose matter is another centre's: what they say, how they are handed over there, and how either side goes on with them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from random import Random
from typing import Any

from msgspec import Struct

from tests.house import Clerk, Frame, House, Line, People
from tests.journeys.country import FEDERAL, MUNICIPAL, REGIONAL
from tests.journeys.street import CALL, GONE, SERVICE_UNAVAILABLE, Resident, Street

PLACES = 4
"""Chats that an operator may have at once."""
WORDS, REPLIES = 6, 3
LOOKS_S = 0.4
"""How often an operator looks into his inbox, and how fast people write."""


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
                await asyncio.sleep(self._chance.uniform(LOOKS_S / 2, 2 * LOOKS_S))
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


class Branch:
    """The operators of one centre: they hand over, take in what others have handed over, and keep what was promised."""

    def __init__(self, code: str, house: House, present: People, country: "Country") -> None:
        self.code, self.street, self.present, self._country = code, Street(house), present, country
        self.admin: Clerk
        self.told: dict[str, list[str]] = {}
        """What was said to guests, and told to be stored, by conversation here."""
        self._under_way: set[str] = set()
        self._places = asyncio.Queue[Clerk]()
        self._looks: Clerk
        self._lines: list[Line] = []

    async def open(self, operators: int, *, ready: bool) -> None:
        """Where they are `ready`, the centre takes some of the load of others."""
        self.admin = await self.present.admin()
        clerks = [await self.present.clerk(self.admin) for _ in range(operators + 1)]
        self._looks = clerks.pop()
        for clerk in clerks * PLACES:
            self._places.put_nowait(clerk)
        for clerk in clerks if ready else ():
            self._lines.append(await clerk.live())
            await clerk.does("PUT", "/api/presence", {"presence": "ready"})

    @asynccontextmanager
    async def operator(self) -> AsyncIterator[Clerk]:
        clerk = await self._places.get()
        try:
            yield clerk
        finally:
            self._places.put_nowait(clerk)

    async def serve(self, visit: Visit) -> None:
        """Greet him, and hand him over."""
        await visit.visitor.in_line.wait()
        errand = ERRANDS[visit.home, visit.to]
        async with self.operator() as clerk:
            await surely(clerk, visit.conversation, "take")
            await self._reply(clerk, visit, "hello", "reply")
            await asked(clerk, "PUT", f"/api/conversations/{visit.conversation}/place", errand.place)
            status, answer = await asked(clerk, "POST", f"/api/conversations/{visit.conversation}/pass", {
                "errand": errand.errand, "matter": "", "topic": errand.topic, "note": ""})
            # The answer to the first try may have been lost.
            assert status == 200 or answer["error"] in {"not_held", "not_yours"}, answer
        visit.passed = True

    async def work(self) -> None:
        """Look at what waits and what is owed, until all go home. Who is ready leaves what he is offered to whoever takes it."""
        offered = [asyncio.create_task(line.hung_up()) for line in self._lines]
        while not self.street.home.is_set():
            for path in ("/api/inbox?view=waiting", "/api/promises"):
                _, found = await asked(self._looks, "GET", path)
                for row in found["conversations"]:
                    self._see(row)
            await asyncio.sleep(LOOKS_S)
        for line in self._lines:
            await line.close()
        await asyncio.gather(*offered)

    def _see(self, row: Frame) -> None:
        number = row["id"]
        if number in self._under_way:
            return
        if row["channel"].startswith("centre."):
            visit, work = self._country.guest(row), self._welcome
        else:
            visit, work = self._country.own(self.code, number), self._answer
        if visit is not None:
            self._under_way.add(number)
            self._country.tasks.create_task(self._do(number, work(number, visit)))

    async def _do(self, number: str, work: Any) -> None:
        await work
        self._under_way.discard(number)

    async def _welcome(self, number: str, visit: Visit) -> None:
        """Take a guest, answer him, and close his conversation or give it back, unless it is withdrawn meanwhile."""
        async with self.operator() as clerk:
            if not await done(clerk, number, "take"):
                return
            told = self.told.setdefault(number, [])
            for n in range(REPLIES):
                text = f"Ответ {self.code} {visit.visitor.number}-{n}"
                if not await done(clerk, number, "reply", {"key": f"{number} {n}", "text": text}):
                    return
                told.append(text)
                await asyncio.sleep(LOOKS_S)
            await visit.visitor.silent.wait()
            visit.answered = True
            if visit.stays:
                await self.street.home.wait()
            elif visit.visitor.number % 3:
                await done(clerk, number, "close", {"topic": "other"})
            else:
                await done(clerk, number, "give_back", {"note": "Это не к нам"})

    async def _answer(self, number: str, visit: Visit) -> None:
        """What is here again is answered here: by a promise that is kept, or at once."""
        if not visit.passed:
            return
        async with self.operator() as clerk:
            if not await done(clerk, number, "take"):
                return
            _, found = await asked(clerk, "GET", f"/api/conversations/{number}")
            await self._reply(clerk, visit, "end", "keep" if found["conversation"]["promise"] else "reply")
            await visit.visitor.silent.wait()
            visit.answered = True
            await done(clerk, number, "close", {"topic": "other"})

    async def _reply(self, clerk: Clerk, visit: Visit, key: str, how: str) -> None:
        entry = await surely(clerk, visit.conversation, how, {"key": key, "text": f"Ответ {self.code} {visit.visitor.number} {key}"})
        if visit.replies.setdefault(key, entry["id"]) != entry["id"]:
            visit.visitor.faults.append(f"reply {key} was stored as {visit.replies[key]} and as {entry['id']}")


class Country:
    """Centres, and those who are handed from one to the other."""

    def __init__(self, chance: Random) -> None:
        self.visits: list[Visit] = []
        self.branches: dict[str, Branch] = {}
        self.tasks = asyncio.TaskGroup()
        self._chance = chance

    def add(self, code: str, house: House, present: People) -> Branch:
        self.branches[code] = Branch(code, house, present, self)
        return self.branches[code]

    def own(self, home: str, conversation: str) -> Visit | None:
        """Two centres may have the same ids."""
        return next((each for each in self.visits if (each.home, each.conversation) == (home, conversation)), None)

    def guest(self, row: Frame) -> Visit | None:
        """Whose conversation another centre has handed over; the federal one sees the end of its number alone."""
        home, number = row["channel"].removeprefix("centre."), row["address"].removeprefix("•••")
        return next((each for each in self.visits if each.home == home and each.visitor.matter.endswith(number)), None)

    async def live(self, trouble: Callable[[], Awaitable[None]]) -> None:
        """All work until the trouble is over and everybody has been served; whose conversation stays is told to go home then."""
        async with self.tasks:
            for branch in self.branches.values():
                self.tasks.create_task(branch.work())
            await trouble()
            while not self._served():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(LOOKS_S)
            for branch in self.branches.values():
                branch.street.home.set()
            for visit in self.visits:
                await visit.visitor.go_home()

    def _served(self) -> bool:
        return all(each.answered if each.stays else each.visitor.came_home.is_set() for each in self.visits)

    async def keep_coming(self, every_s: float, until: asyncio.Event) -> None:
        """One for each errand so often, and in the end one for each who stays."""
        routes = [route for route in ERRANDS if set(route) <= set(self.branches)]
        while not until.is_set():
            for route in routes:
                self.tasks.create_task(self.visit(*route))
            await asyncio.sleep(every_s)
        for route in routes:
            self.tasks.create_task(self.visit(*route, stays=True))

    async def visit(self, home: str, to: str, *, stays: bool = False) -> None:
        """One more of those whose matter is another centre's, until he is served."""
        branch = self.branches[home]
        visitor = Visitor(len(self.visits) + 1, branch.street, branch.present, Random(self._chance.random()))
        self.visits.append(visit := Visit(visitor, home, to, stays))
        await asyncio.gather(visitor.live(), branch.serve(visit))


async def asked(clerk: Clerk, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Again until there is a hub that answers, and he has room: what he is offered takes some."""
    while True:
        with suppress(*GONE):
            status, answer = await clerk.call(method, path, body)
            if status != SERVICE_UNAVAILABLE and not (status == HTTPStatus.CONFLICT and answer["error"] == "full"):
                return status, answer
        await asyncio.sleep(LOOKS_S / 4)


async def surely(clerk: Clerk, conversation: str, what: str, body: object = None) -> Any:
    status, answer = await asked(clerk, "POST", f"/api/conversations/{conversation}/{what}", body)
    assert status == 200, (what, status, answer)
    return answer


async def done(clerk: Clerk, conversation: str, what: str, body: object = None) -> bool:
    """False where it is not his any more."""
    status, answer = await asked(clerk, "POST", f"/api/conversations/{conversation}/{what}", body)
    assert status == 200 or answer["error"] in {"not_waiting", "not_yours", "not_held"}, (what, status, answer)
    return status == 200

