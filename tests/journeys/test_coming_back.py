"""A citizen leaves the line or the talk, and comes back: what his pages and the operator's desk show of it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.house import Citizen, Clerk, Frame, People

CALL = "позовите оператора"


@pytest.fixture
async def admin(at: People) -> Clerk:
    return await at.admin()


async def in_line(at: People) -> Citizen:
    citizen = await at.citizen()
    await citizen.tell(CALL)
    await citizen.line.hear("state", holder="queue")
    return citizen


async def another_page(at: People, of: Citizen) -> Citizen:
    page = Citizen(at.http, of._base)
    page.token = of.token
    await page.connect()
    await page.line.hear("state", holder="queue")
    return page


async def end(admin: Clerk, *citizens: Citizen) -> None:
    for citizen in citizens:
        await admin.act(citizen.conversation, "close", {"topic": "other"})


async def test_who_leaves_the_line_is_told_how_long_his_place_is_kept_and_has_it_again(at: People, admin: Clerk) -> None:
    # CH-14, D3
    first = await in_line(at)
    page, second = await another_page(at, first), await in_line(at)
    await second.line.hear("state", place=2)
    before = datetime.now(UTC)
    await first.line.send(type="leave")
    left: list[Frame] = [await each.line.hear("state", holder="closed") for each in (first, page)]
    await second.line.hear("state", place=1)
    assert left[0] == left[1]
    assert left[0]["left"] is True
    assert timedelta(seconds=295) < datetime.fromisoformat(left[0]["until"]) - before < timedelta(seconds=305)
    await first.line.send(type="leave")
    await first.tell("я передумал")
    state = await first.line.hear("state", holder="queue")
    assert state["place"] == 1
    assert "left" not in state
    await first.line.hear("message", author="system", text="Вы снова в очереди: ваше место сохранено.")
    await second.line.hear("state", place=2)
    await end(admin, first, second)


async def test_who_leaves_a_talk_leaves_the_rest_to_the_operator(at: People, admin: Clerk) -> None:
    # CH-14
    citizen = await in_line(at)
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/take")
    await citizen.line.hear("state", holder="operator")
    desk = await admin.live()
    await desk.send(type="watch", conversation=citizen.conversation)
    await desk.send(type="seen", conversation="x", id="1")
    await desk.hear("error")  # so what was sent before has been dealt with
    await citizen.line.send(type="leave")
    told = (await desk.hear("entry"))["entry"]
    assert (told["kind"], told["author"], told["text"]) == ("note", "system", "Заявитель завершил разговор.")
    state = await citizen.line.hear("state", left=True)
    assert state["holder"] == "operator"
    await citizen.tell("ещё одно")
    assert "left" not in await citizen.line.hear("state")
    transcript = await citizen.transcript()
    assert "Заявитель завершил разговор." not in [frame["text"] for frame in transcript]
    await desk.close()
    await end(admin, citizen)
