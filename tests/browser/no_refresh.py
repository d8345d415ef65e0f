"""A hundred conversations that move while a desk has no line and its hub starts anew."""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Self

from playwright.async_api import Page, expect

from tests.browser.stage import LINE_DOWN, Desk, Stage
from tests.house import PASSWORD, Citizen, Clerk, House, People

GROUP = 25
"""A quarter of the hundred: it is taken, it leaves, it is closed, or it comes."""
HELD = 4
"""Chats that one operator may hold."""
VIEWS = ("waiting", "held")
ROWS = """(ids) => JSON.stringify([...document.querySelectorAll('[data-test=conversation-row]')].map((row) => row.dataset.id)) === ids"""


class Moving:
    """Two screens of somebody who sees everything, and colleagues who work meanwhile."""

    def __init__(self, stage: Stage, house: House) -> None:
        self._stage, self._house = stage, house
        self._crowd = People(house)
        self.admin: Clerk
        self.screens: dict[str, Desk] = {}

    async def __aenter__(self) -> Self:
        self._stage.pardon(LINE_DOWN)
        self.admin = await self._crowd.admin()
        viewer = await self._crowd.clerk(self.admin, "admin")
        for view in VIEWS:
            desk = self.screens[view] = await self._stage.signed_in(viewer.login)
            await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/{view}")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._crowd.leave()

    async def _in_line(self, count: int) -> list[Citizen]:
        citizens = []
        for number in range(count):
            citizen = await self._crowd.citizen(name=f"Заявитель {number}")
            await citizen.tell("позовите оператора")
            await citizen.line.hear("state", holder="queue")
            citizens.append(citizen)
        return citizens

    async def _taken(self, citizens: Sequence[Citizen]) -> None:
        """By as many colleagues as may hold so many."""
        for first in range(0, len(citizens), HELD):
            clerk = await self._crowd.clerk(self.admin)
            for citizen in citizens[first:first + HELD]:
                await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")

    async def _closed(self, citizens: Sequence[Citizen]) -> None:
        for citizen in citizens:
            await self.admin.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})

    async def truth(self, view: str) -> list[str]:
        """What the hub itself says is there, in its order."""
        page = await self.admin.does("GET", f"/api/inbox?view={view}")
        return [row["id"] for row in page["conversations"]]

    async def equal(self) -> None:
        """Wait until both screens show what is."""
        for view, desk in self.screens.items():
            ids = ",".join(f'"{each}"' for each in await self.truth(view))
            await desk.page.wait_for_function(ROWS, arg=f"[{ids}]")

    async def caught_up(self) -> float:
        """Let them move unseen; seconds from when the line is there again until the screens are right."""
        taken, leaving, closed = [await self._in_line(GROUP) for _ in range(3)]
        await self._taken(closed)
        await self.equal()
        for desk in self.screens.values():
            await desk.page.context.set_offline(True)
            await expect(desk.at("disconnected")).to_be_visible()
        await asyncio.to_thread(self._house.stop)
        await asyncio.to_thread(self._house.start)
        await self._taken(taken)
        for citizen in leaving:
            await (await citizen.connect()).line.send(type="leave")
        await self._closed(closed)
        await self._in_line(GROUP)
        for citizen in leaving:
            await citizen.line.hear("state", holder="closed")
        for desk in self.screens.values():
            await desk.page.context.set_offline(False)
        await asyncio.gather(*(expect(desk.at("disconnected")).to_have_count(0) for desk in self.screens.values()))
        back = perf_counter()
        await self.equal()
        return perf_counter() - back

    async def answering(self) -> Page:
        """A desk with a conversation of its own open."""
        clerk = await self._crowd.clerk(self.admin)
        citizen, = await self._in_line(1)
        await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
        desk = await self._stage.desk()
        await desk.sign_in(clerk.login, PASSWORD)
        await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/mine/{citizen.conversation}")
        await expect(desk.words).to_be_visible()
        return desk.page
