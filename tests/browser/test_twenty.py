"""Twenty operators of one line at once: three at their screens, the others by the desk's own requests and frames; their supervisor sees them all."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.browser.stage import Desk, Stage
from tests.house import Citizen, Clerk, Line, People

pytestmark = pytest.mark.asyncio(loop_scope="session")

OPERATORS, AT_SCREENS = 20, 3
LOST = re.compile(r"status of (403 .*/api/conversations/\d+/\w+|409 .*/take)$")
"""What a browser says of whoever reaches for what another has."""
TAKE = "document.querySelector('[data-test=take]')?.click()"
"""As a finger would that is already on its way: whether the button is still there or not."""


async def in_line(crowd: People, number: int) -> Citizen:
    citizen = await crowd.citizen(name=f"Заявитель {number}")
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    return citizen


async def present(presence: str, *clerks: Clerk) -> None:
    await asyncio.gather(*(each.does("PUT", "/api/presence", {"presence": presence}) for each in clerks))


async def accepts(clerk: Clerk, line: Line) -> None:
    offer = await line.hear("offer")
    await clerk.does("POST", f"/api/conversations/{offer['conversation']['id']}/accept")


async def works(boss: Desk, does: str, count: int) -> None:
    """The floor says it of so many, by name and as a number."""
    words = {"free": "свободен", "talking": "говорит", "paused": "перерыв"}
    await expect(boss.at("person-work").filter(has_text=words[does])).to_have_count(count)
    await expect(boss.at(f"floor-{does}")).to_contain_text(str(count))


async def test_twenty_at_work_on_one_line(stage: Stage, crowd: People, admin: Clerk) -> None:  # CH-08, MC-01
    stage.pardon(LOST)
    clerks = await asyncio.gather(*(crowd.clerk(admin) for _ in range(OPERATORS)))
    desks = [await stage.signed_in(each.login) for each in clerks[:AT_SCREENS]]
    lines = [await each.live() for each in clerks[AT_SCREENS:]]
    boss = await stage.signed_in((await crowd.clerk(admin, "supervisor")).login)
    await boss.page.evaluate("() => { location.hash = '#/floor'; }")

    # The supervisor sees who is there, whoever comes and goes.
    await present("ready", *clerks)
    await works(boss, "free", OPERATORS)
    await present("break", *clerks[:2])
    await present("offline", clerks[-1])
    await works(boss, "paused", 2)
    await works(boss, "free", OPERATORS - 3)
    await expect(boss.at("floor-person")).to_have_count(OPERATORS - 1)
    await present("ready", *clerks)
    await works(boss, "free", OPERATORS)

    # Twenty come at once: each is offered to one, and taken once.
    citizens = await asyncio.gather(
        *(in_line(crowd, number) for number in range(OPERATORS)),
        *(accepts(*seat) for seat in zip(clerks[AT_SCREENS:], lines, strict=True)), *(desk.accept() for desk in desks))
    came = [one for one in citizens if one is not None]
    served = [(await one.line.hear("state", holder="operator"))["operator"] for one in came]
    assert sorted(served) == sorted(each.login.title() for each in clerks)
    assert not [frame for one in came for frame in one.line.unheard if frame.get("holder") == "operator"]
    assert not [frame for line in lines for frame in line.unheard if frame["type"] == "offer"]
    await works(boss, "talking", OPERATORS)
    await expect(boss.at("floor-waiting")).to_contain_text("0")

    # Two reach for the same one, at their screens and by two requests: one has it, and the other is told.
    await present("break", *clerks)
    late, later = [await in_line(crowd, OPERATORS + number) for number in range(2)]
    rivals = {desk.name: desk for desk in desks[:2]}
    for desk in rivals.values():
        await desk.page.evaluate("(to) => { location.hash = to; }", f"#/inbox/waiting/{late.conversation}")
        await expect(desk.at("take")).to_be_visible()
    await asyncio.gather(*(desk.page.evaluate(TAKE) for desk in rivals.values()))
    winner = rivals.pop((await late.line.hear("state", holder="operator"))["operator"])
    (loser,) = rivals.values()
    await expect(winner.words).to_be_visible()
    await expect(loser.page.get_by_text("больше не ждёт").or_(loser.page.get_by_text(winner.name)).first).to_be_visible()
    await expect(loser.row(f"Заявитель {OPERATORS}")).to_have_count(0)
    answers = await asyncio.gather(*(each.act(later.conversation, "take") for each in clerks[-2:]))
    assert sorted(status for status, _ in answers) == [200, 409]
    assert [answer["error"] for status, answer in answers if status == 409] == ["not_waiting"]

    # Whoever looks on sees who has it open, and that he writes.
    await boss.page.evaluate("() => { location.hash = '#/inbox/held'; }")
    await winner.words.press_sequentially("Одну")
    looking = boss.page.locator(f"[data-test=conversation-row][data-id='{late.conversation}']").get_by_test_id("looking")
    await expect(looking).to_contain_text(f"{winner.name} пишет ответ")
