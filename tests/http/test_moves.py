"""People and those who wait are moved by the desk's own requests: seen beforehand, told at once, and taken back."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.house import Citizen, Clerk, People

LOANS, WAITING = "/api/floor/loans", "/api/waiting"


def loan(*logins: str, seconds: float = 3600, **more: Any) -> dict[str, Any]:
    return {"logins": logins, "lines": ["social"], "until": (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()} | more


async def lines_of(clerk: Clerk) -> Any:
    me = await clerk.does("GET", "/api/me")
    return me["queues"], me["loan"] and me["loan"]["by_name"]


async def in_line(at: People, name: str) -> Citizen:
    citizen = await at.citizen(name=name)
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    return citizen


async def test_an_operator_is_lent_sees_it_at_once_and_comes_back_by_himself(admin: Clerk, at: People) -> None:  # MC-01 SL-03 SE-01
    boss, anna, olga = await at.clerk(admin, "supervisor"), await at.clerk(admin), await at.clerk(admin)
    line = await anna.live()
    await line.hear("hello")
    await anna.does("PUT", "/api/presence", {"presence": "ready"})
    seen = await boss.does("POST", f"{LOANS}/outlook", loan(anna.login, "nobody"))
    assert ([(each["before"], each["after"]) for each in seen["people"]], [each["error"] for each in seen["refused"]]) == (
        [(["general"], ["social"])], ["no_such_operator"])
    then = {each["queue"]: each for each in seen["lines"]}
    assert then["social"]["at_work_then"] == then["social"]["at_work"] + 1
    assert then["general"]["at_work_then"] == then["general"]["at_work"] - 1
    assert then["social"]["predicted_then_s"] == 0
    assert await lines_of(anna) == (["general"], None)
    done = await boss.does("POST", LOANS, loan(anna.login, olga.login))
    assert done == {"done": [anna.login, olga.login], "refused": []}
    await line.hear("account")
    assert await lines_of(anna) == (["social"], boss.login.title())
    people = {each["login"]: each for each in await boss.does("GET", "/api/floor/people")}
    assert people[anna.login]["loan"]["own"] == ["general"]
    assert (await boss.call("POST", LOANS, loan(anna.login)))[1]["refused"][0]["error"] == "lent_before"
    await boss.does("POST", f"{LOANS}/end", {"logins": [anna.login, olga.login]})
    await line.hear("account")
    assert (await lines_of(anna), await lines_of(olga)) == ((["general"], None), (["general"], None))
    assert (await boss.does("POST", LOANS, loan(anna.login, seconds=3)))["done"] == [anna.login]
    await line.hear("account")
    await line.hear("account")  # his time is over
    assert await lines_of(anna) == (["general"], None)
    audit_entries = [(audit_entry["by"], audit_entry["what"]) for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["about"] == anna.login]
    assert audit_entries[:2] == [("", "operator_returned"), (boss.login, "operator_lent")]
    await anna.does("PUT", "/api/presence", {"presence": "offline"})
    await line.close()


async def test_he_is_given_back_early_by_those_who_lead_alone_and_an_administrator_has_the_last_word(admin: Clerk, at: People) -> None:  # SE-01
    boss, anna, olga = await at.clerk(admin, "supervisor"), await at.clerk(admin), await at.clerk(admin)
    assert [(await clerk.call("POST", LOANS, loan(anna.login)))[1]["error"] for clerk in (olga, await at.clerk(admin, "senior"))] == ["forbidden"] * 2
    await boss.does("POST", LOANS, loan(anna.login, olga.login, keeps=True))
    assert (await olga.call("POST", f"{LOANS}/end", {"logins": [olga.login]}))[1]["error"] == "forbidden"
    for _ in range(2):
        assert (await boss.does("POST", f"{LOANS}/end", {"logins": [anna.login]}))["done"] == [anna.login]
    assert (await lines_of(anna), (await lines_of(olga))[0]) == ((["general"], None), ["general", "social"])
    account = {"name": "Ольга", "role": "operator", "queues": ["documents"], "skills": {}, "languages": ["ru"]}
    await admin.does("PUT", f"/api/operators/{olga.login}", account | {"queues": ["general", "social"]})
    assert (await lines_of(olga))[1] is not None  # another name alone ends no loan
    await admin.does("PUT", f"/api/operators/{olga.login}", account)
    assert await lines_of(olga) == (["documents"], None)


async def test_those_who_wait_are_moved_with_an_honest_report_and_back(admin: Clerk, at: People) -> None:  # CH-09 SL-03
    boss, anna, olga = await at.clerk(admin, "supervisor"), await at.clerk(admin), await at.clerk(admin, queues=("social",))
    line = await olga.live()
    await line.hear("hello")
    first, second = await in_line(at, "Пётр"), await in_line(at, "Павел")
    rows = {row["id"]: row for row in (await boss.does("GET", "/api/inbox?view=waiting"))["conversations"]}
    body: dict[str, Any] = {"queue": "social", "conversations": [
        {"conversation": each.conversation, "queue": rows[each.conversation]["holder"]["queue"]} for each in (first, second)]}
    assert (await boss.does("POST", f"{WAITING}/outlook", body))["movable"] == 2
    await anna.does("POST", f"/api/conversations/{second.conversation}/take")
    seen = await boss.does("POST", f"{WAITING}/outlook", body)
    assert (seen["movable"], [each["error"] for each in seen["staying"]], seen["waiting"]) == (1, ["not_waiting"], 0)
    done = await boss.does("POST", f"{WAITING}/move", body | {"why": "В общей линии долго ждут"})
    assert (done["done"], [each["conversation"] for each in done["staying"]]) == ([first.conversation], [second.conversation])
    told = await line.hear("conversation")
    assert (told["conversation"]["id"], told["conversation"]["waiting_since"]) == (first.conversation, rows[first.conversation]["waiting_since"])
    entries = await boss.timeline(first.conversation)
    assert "В общей линии долго ждут" in [each.get("text") for each in entries]
    assert "В общей линии долго ждут" not in [each["text"] for each in await first.transcript()]
    back = {"queue": "general", "conversations": [{"conversation": first.conversation, "queue": "social"}], "why": "Перевод отменён"}
    assert (await boss.does("POST", f"{WAITING}/move", back))["done"] == [first.conversation]
    assert (await anna.call("POST", f"{WAITING}/move", back))[1]["error"] == "forbidden"
    assert (await boss.call("POST", f"{WAITING}/move", back | {"queue": ""}))[1]["error"] == "bad_transfer"
    for clerk, each in ((boss, first), (anna, second)):
        await clerk.does("POST", f"/api/conversations/{each.conversation}/close", {"topic": "other"})
    await line.close()
