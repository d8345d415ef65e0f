"""Announcements at the desk: one writes, another approves, both see it at once, citizens hear it while it holds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.house import Citizen, Clerk, People

Body = dict[str, Any]
PATH = "/api/announcements"


def body(text: str = "Портал не работает", *, version: int = 0, occasion: str = "greeting", queues: tuple[str, ...] = (), hours: float = 1) -> Body:
    now = datetime.now(UTC)
    return {"version": version, "text": text, "occasion": occasion, "queues": list(queues),
            "valid_from": (now - timedelta(minutes=1)).isoformat(), "valid_until": (now + timedelta(hours=hours)).isoformat()}


@pytest.fixture
async def author(admin: Clerk, at: People) -> Clerk:
    return await at.clerk(admin, "designer")


@pytest.fixture
async def boss(admin: Clerk, at: People) -> Clerk:
    return await at.clerk(admin, "supervisor")


async def in_force(author: Clerk, boss: Clerk, name: str, text: str, occasion: str = "greeting", queues: tuple[str, ...] = ()) -> None:
    written = await author.does("PUT", f"{PATH}/{name}", body(text, occasion=occasion, queues=queues))
    assert written["state"] == "draft"
    assert (await boss.does("POST", f"{PATH}/{name}/approve", {"version": written["version"]}))["state"] == "in_force"


async def greeting(at: People) -> list[str]:
    """What a newcomer hears before he has said anything."""
    citizen = await at.citizen()
    await citizen.line.hear("state")
    return [frame["text"] for frame in citizen.line.unheard if frame["type"] == "message"]


async def reaches_a_person_at_once(citizen: Citizen) -> list[str]:
    """One phrase, whatever is announced; and what he heard meanwhile."""
    await citizen.tell("оператор")
    await citizen.line.hear("state", holder="queue")
    return [frame["text"] for frame in citizen.line.unheard if frame["type"] == "message" and frame["author"] == "bot"]


async def test_citizens_hear_what_holds_and_reach_a_person_at_once(author: Clerk, boss: Clerk, at: People) -> None:
    # CH-11
    await author.does("PUT", f"{PATH}/draft", body("Это ещё не утверждено"))
    await in_force(author, boss, "portal", "Портал не работает до вечера")
    await in_force(author, boss, "line", "Ждать придётся дольше", "joining", ("general",))
    await in_force(author, boss, "other-line", "О пособиях позже", "joining", ("social",))
    heard = await greeting(at)
    assert heard[1:] == ["Объявление. Портал не работает до вечера"]
    citizen = await at.citizen()
    texts = await reaches_a_person_at_once(citizen)
    assert texts[-1] == "Объявление. Ждать придётся дольше"
    assert "Это ещё не утверждено" not in str(texts)
    for name in ("portal", "line", "other-line"):
        assert (await author.does("POST", f"{PATH}/{name}/withdraw"))["state"] == "withdrawn"
    assert len(await greeting(at)) == 1
    assert all("Объявление" not in text for text in await reaches_a_person_at_once(await at.citizen()))


async def test_nobody_approves_his_own_or_what_he_has_not_read(admin: Clerk, author: Clerk, boss: Clerk) -> None:
    # CH-11, SE-01
    await admin.does("PUT", f"{PATH}/own", body())
    assert await admin.call("POST", f"{PATH}/own/approve", {"version": 1}) == (
        403, {"error": "own_announcement", "text": "Своё объявление утверждает другой сотрудник."})
    await author.does("PUT", f"{PATH}/own", body("Другое", version=1))
    assert (await boss.call("POST", f"{PATH}/own/approve", {"version": 1}))[1]["error"] == "other_version"
    assert (await admin.call("PUT", f"{PATH}/own", body("Третье", version=1)))[1]["error"] == "other_version"
    assert (await admin.does("POST", f"{PATH}/own/approve", {"version": 2}))["approved_by"] == "admin"
    audit_entries = [(audit_entry["by"], audit_entry["what"], audit_entry["detail"][:2]) for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["about"] == "own"]
    assert audit_entries == [("admin", "announcement_approved", "2"), (author.login, "announcement", "2."), ("admin", "announcement", "1.")]


async def test_editing_withdraws_the_approval(author: Clerk, boss: Clerk, at: People) -> None:
    # CH-11
    await in_force(author, boss, "edited", "Первая редакция")
    changed = await author.does("PUT", f"{PATH}/edited", body("Вторая редакция", version=1))
    assert (changed["state"], changed["approved_by"], changed["version"]) == ("draft", "", 2)
    assert all("редакция" not in text for text in await greeting(at))


async def test_whoever_looks_sees_every_change_at_once(author: Clerk, boss: Clerk) -> None:
    # CH-11: no reload is needed to see the approval
    line = await author.live()
    await line.hear("hello")
    await in_force(author, boss, "seen", "Видно сразу")
    states = [(await line.hear("announcement"))["announcement"]["state"] for _ in range(2)]
    await boss.does("POST", f"{PATH}/seen/withdraw")
    frame = (await line.hear("announcement"))["announcement"]
    assert [*states, frame["state"]] == ["draft", "in_force", "withdrawn"]
    assert (frame["written_name"], frame["approved_name"]) == (author.login.title(), boss.login.title())
    assert frame in await boss.does("GET", PATH)
    await line.close()


@pytest.mark.parametrize(("change", "code"), [
    ({"queues": ["nowhere"]}, "no_such_queue"), ({"valid_until": "2020-01-01T00:00:00Z"}, "bad_dates"), ({"text": ""}, "bad_request"),
    ({"valid_from": "2026-01-01T00:00:00"}, "bad_request"), ({"occasion": "always"}, "bad_request"), ({"version": 7}, "other_version"),
    ({"valid_until": "9999-12-31T23:59:59-23:00"}, "bad_dates"), ({"text": "x" * 1001}, "bad_request")])
async def test_what_cannot_be_announced_is_refused(author: Clerk, change: Body, code: str) -> None:
    # CH-11
    assert (await author.call("PUT", f"{PATH}/refused", body() | change))[1]["error"] == code


async def test_what_is_over_is_not_approved(author: Clerk, boss: Clerk) -> None:
    # CH-11
    past = {"valid_from": "2026-01-01T00:00:00Z", "valid_until": "2026-01-02T00:00:00Z"}
    assert (await author.does("PUT", f"{PATH}/past", body() | past))["state"] == "expired"
    assert (await boss.call("POST", f"{PATH}/past/approve", {"version": 1}))[1]["error"] == "not_approvable"
