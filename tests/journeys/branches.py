"""The operators of centres that hand people over to each other, take in what others have handed over, and keep what was promised."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from random import Random
from time import monotonic
from typing import Any

from tests.house import Clerk, Frame, House, Line, People
from tests.journeys.street import GONE, SERVICE_UNAVAILABLE, Street
from tests.journeys.visits import ERRANDS, PACE_S, Visit, Visitor

PLACES = 4
"""Chats that an operator may have at once."""
REPLIES, PATIENCE_S = 3, 150
AGAIN = frozenset({"full", "conflict"})
"""He has no room, for what he is offered takes some; or it is not known what the store has done when its primary died."""


class Branch:
    """The operators of one centre."""

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
            await asyncio.sleep(PACE_S)
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
                await asyncio.sleep(PACE_S)
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

    async def _reply(self, clerk: Clerk, visit: Visit, what: str, how: str) -> None:
        key = f"{what} {how} {clerk.login}"  # who has answered, and is to keep a promise then, says another thing
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
            end = monotonic() + PATIENCE_S
            while left := self._unserved():
                assert monotonic() < end, f"not served: {left}"
                await asyncio.sleep(PACE_S)
            for branch in self.branches.values():
                branch.street.home.set()
            for visit in self.visits:
                await visit.visitor.go_home()

    def _unserved(self) -> list[str]:
        return [f"{each.visitor.number} {each.home} to {each.to}: {each.visitor.matter}, {each.visitor.holder}" for each in self.visits
                if not (each.answered if each.stays else each.visitor.came_home.is_set())]

    async def keep_coming(self, every_s: float, until: asyncio.Event) -> None:
        """One for each errand so often, and in the end one for each who stays."""
        routes = [route for route in ERRANDS if set(route) <= set(self.branches)]
        while not until.is_set():
            for route in routes:
                self._one_more(*route)
            await asyncio.sleep(every_s)
        for route in routes:
            self._one_more(*route, stays=True)

    def _one_more(self, home: str, to: str, *, stays: bool = False) -> None:
        branch = self.branches[home]
        visitor = Visitor(len(self.visits) + 1, branch.street, branch.present, Random(self._chance.random()))
        self.visits.append(visit := Visit(visitor, home, to, stays))
        self.tasks.create_task(visitor.live())
        self.tasks.create_task(branch.serve(visit))


async def asked(clerk: Clerk, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Again until there is a hub that answers, and as long as it says that one must look again."""
    while True:
        with suppress(*GONE):
            status, answer = await clerk.call(method, path, body)
            if status != SERVICE_UNAVAILABLE and not (status == HTTPStatus.CONFLICT and answer["error"] in AGAIN):
                return status, answer
        await asyncio.sleep(PACE_S / 4)


async def surely(clerk: Clerk, conversation: str, what: str, body: object = None) -> Any:
    status, answer = await asked(clerk, "POST", f"/api/conversations/{conversation}/{what}", body)
    assert status == 200, (what, status, answer)
    return answer


async def done(clerk: Clerk, conversation: str, what: str, body: object = None) -> bool:
    """False where it is not his any more; of what was withdrawn he sees nothing."""
    status, answer = await asked(clerk, "POST", f"/api/conversations/{conversation}/{what}", body)
    assert status == 200 or answer["error"] in {"not_waiting", "not_yours", "not_held", "forbidden"}, (what, status, answer)
    return status == 200

