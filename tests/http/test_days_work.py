"""An operator's views by the desk's own requests and frames: mentions, what is put off, what is owed soon, who is looking."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.channels.line import Frame, Line
from tests.house import Clerk, House, People, people, talking
from tests.http.test_cases import draft

VIEWS = ("mine", "snoozed", "mentions", "risk")


@pytest.fixture
async def senior(admin: Clerk, at: People) -> Clerk:
    return await at.clerk(admin, "senior")


async def at_desk(clerk: Clerk) -> Line:
    line = await clerk.live()
    await line.hear("counts")
    return line


async def views(clerk: Clerk, conversation: str) -> set[str]:
    """Those in which it is."""
    return {view for view in VIEWS if any(row["id"] == conversation for row in (await clerk.does("GET", f"/api/inbox?view={view}"))["conversations"])}


async def row_of(line: Line, conversation: str, **wanted: Any) -> Frame:
    while True:
        row: Frame = (await line.hear("conversation"))["conversation"]
        if row["id"] == conversation and all(row[name] == value for name, value in wanted.items()):
            return row


async def looking(line: Line, conversation: str) -> list[str]:
    return [each["login"] for each in (await line.hear("looking", conversation=conversation))["looking"]]


async def test_whoever_is_mentioned_is_told_until_he_has_read_it(at: People, admin: Clerk, senior: Clerk, house: House) -> None:  # SE-01
    anna, boris = await at.clerk(admin), await at.clerk(admin)
    citizen = await talking(at, anna, name="Пётр")
    path = f"/api/conversations/{citizen.conversation}"
    logins = [each["login"] for each in await anna.does("GET", f"{path}/colleagues")]
    assert (senior.login in logins, boris.login in logins, anna.login in logins) == (True, False, False)
    refused = await anna.call("POST", f"{path}/note", {"key": "k0", "text": "@", "mentions": [boris.login]})
    assert refused == (409, {"error": "cannot_mention", "text": f"«{boris.login.title()}» не видит этот разговор: упомянуть в нём нельзя."})
    lead = await at_desk(senior)
    note = await anna.does("POST", f"{path}/note", {"key": "k1", "text": "@Старший, взгляните", "mentions": [senior.login]})
    assert [each["login"] for each in note["mentions"]] == [senior.login]
    told = await lead.hear("mentioned")
    assert (told["conversation"]["id"], told["conversation"]["mentioned"], told["by_name"]) == (citizen.conversation, True, anna.login.title())
    await lead.hear("counts", mentions=1)
    await lead.close()
    assert "mentions" in await views(senior, citizen.conversation)
    lead = await senior.live()  # whoever comes back hears of it again
    assert (await lead.hear("mentioned"))["at"] == told["at"]
    senior.reason = ""
    await senior.does("GET", path)  # what he is asked for is a ground
    grounds = {audit_entry["ground"] for audit_entry in await admin.does("GET", "/api/audit") if (audit_entry["by"], audit_entry["about"]) == (senior.login, citizen.conversation)}
    assert grounds == {"mentioned"}
    await senior.does("DELETE", f"{path}/mention")
    await lead.hear("counts", mentions=0)
    assert "mentions" not in await views(senior, citizen.conversation)
    await lead.close()


async def test_what_is_put_off_leaves_the_list_and_comes_back_with_the_citizen(at: People, admin: Clerk) -> None:  # SL-04, CH-08
    anna = await at.clerk(admin)
    citizen = await talking(at, anna, name="Пётр")
    path = f"/api/conversations/{citizen.conversation}"
    morning = datetime.fromisoformat((await anna.does("GET", f"{path}/morning"))["at"])
    assert timedelta() < morning - datetime.now(UTC) < timedelta(days=2)
    line = await at_desk(anna)
    await anna.does("PUT", f"{path}/snooze", {"until": morning.isoformat(), "why": "ждёт справку"})
    row = await row_of(line, citizen.conversation)
    assert (row["snoozed"]["why"], row["holder"]["operator"], row["held_since"] is None) == ("ждёт справку", anna.login, False)
    await line.hear("counts", mine=0, snoozed=1)
    assert await views(anna, citizen.conversation) == {"snoozed"}
    await citizen.tell("Вот справка")
    await row_of(line, citizen.conversation, snoozed=None)
    await line.hear("counts", mine=1, snoozed=0)
    assert await views(anna, citizen.conversation) == {"mine"}
    for until, code in ((datetime.now(UTC) - timedelta(hours=1), "bad_moment"), ("2030-01-01T00:00:00", "bad_request"), ("завтра", "bad_request")):
        assert (await anna.call("PUT", f"{path}/snooze", {"until": str(until)}))[1]["error"] == code
    await anna.does("PUT", f"{path}/snooze", {})
    await row_of(line, citizen.conversation, snoozed={"until": None, "why": ""})
    await anna.does("DELETE", f"{path}/snooze")
    await row_of(line, citizen.conversation, snoozed=None)
    await line.close()


async def test_what_is_put_off_and_mentions_outlive_the_process(at: People, admin: Clerk, senior: Clerk, house: House) -> None:  # ST-02
    anna = await at.clerk(admin)
    citizen = await talking(at, anna, name="Пётр")
    path = f"/api/conversations/{citizen.conversation}"
    await anna.does("POST", f"{path}/note", {"key": "k", "text": "@Старший", "mentions": [senior.login]})
    await anna.does("PUT", f"{path}/snooze", {"until": (datetime.now(UTC) + timedelta(hours=3)).isoformat()})
    house.kill()
    house.start()
    async with people(house) as again:
        back = [await again.stranger(each.login).sign_in() for each in (anna, senior)]
        assert await views(back[0], citizen.conversation) == {"snoozed"}
        assert await views(back[1], citizen.conversation) >= {"mentions"}


async def test_cases_and_callbacks_are_counted_for_whoever_works_on_them(at: People, admin: Clerk) -> None:  # SL-05, RQ-06
    anna, boris, stranger = await at.clerk(admin, queues=("documents",)), await at.clerk(admin, queues=("documents",)), await at.clerk(admin, queues=("social",))
    citizen = await talking(at, admin, name="Пётр")
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/transfer", {"queue": "documents"})
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/take")
    lines = [await at_desk(clerk) for clerk in (anna, boris, stranger)]
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/promise", {"why": "надо уточнить"})
    for line in lines[:2]:
        await line.hear("counts", promised=1)
    before = await near(anna)
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/take")
    made = (await anna.does("POST", f"/api/conversations/{citizen.conversation}/cases", draft(key="near", kind="inquiry")))["case"]
    assert await near(anna) == [*before, made["number"]]
    assert made["number"] not in await near(stranger)
    await lines[1].hear("counts", risk=len(before) + 1)
    for line in lines:
        await line.close()


async def near(clerk: Clerk) -> list[str]:
    return [each["number"] for each in (await clerk.does("GET", "/api/cases?view=near"))["cases"]]


async def test_who_looks_is_told_to_whoever_may_see_it_and_gone_at_once(at: People, admin: Clerk, senior: Clerk) -> None:  # SE-01
    anna, stranger = await at.clerk(admin), await at.clerk(admin, queues=("social",))
    citizen = await talking(at, anna, name="Пётр")
    await senior.does("GET", f"/api/conversations/{citizen.conversation}")
    hers, his, others = await at_desk(anna), await at_desk(senior), await at_desk(stranger)
    await hers.send(type="watch", conversation=citizen.conversation)
    assert await looking(hers, citizen.conversation) == await looking(his, citizen.conversation) == [anna.login]
    await his.send(type="watch", conversation=citizen.conversation)
    assert await looking(hers, citizen.conversation) == sorted([anna.login, senior.login])
    await hers.send(type="typing", conversation=citizen.conversation)
    await his.hear("typing", conversation=citizen.conversation, login=anna.login)
    row = (await anna.does("GET", f"/api/conversations/{citizen.conversation}"))["conversation"]
    assert {each["login"] for each in row["looking"]} == {anna.login, senior.login}
    await others.send(type="watch", conversation=citizen.conversation)
    assert (await others.hear("error"))["code"] == "forbidden"
    await his.close()
    assert await looking(hers, citizen.conversation) == [anna.login]
    assert not [frame for frame in others.unheard if frame["type"] in {"looking", "typing"}]
    await hers.close()
