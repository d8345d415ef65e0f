"""Alarms of the floor by the desk's own requests: whom they are told to, who sees to them, and what the log says."""

from typing import Any

from tests.house import Clerk, People, talking
from tests.http.test_lists import told
from tests.http.test_settings import settled
from tests.rig import eventually

PATH = "/api/floor/alarms"
NONE = dict.fromkeys(["wait_s", "waiting", "level_percent", "calls_level_percent", "calls_wait_s", "unanswered_s", "left_percent", "nobody_free_s", "staff", "at_risk"], 0)


async def limits(admin: Clerk, **changes: int) -> None:
    """Those of «general»; other lines have none, and what lasted is over."""
    lines = (await admin.does("GET", "/api/settings"))["settings"]["queues"]
    queues = [each | {"alarms": NONE | (changes if each["id"] == "general" else {})} for each in lines]
    assert (await settled(admin, queues=queues))[0] == 200

    async def over() -> bool:
        return all(each["trouble"] in changes for each in await lasting(admin))
    await eventually(over)


async def lasting(of: Clerk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await of.does("GET", PATH)
    return found


async def test_it_is_told_to_those_who_see_the_floor_and_somebody_sees_to_it(admin: Clerk, at: People) -> None:
    # MC-01 SL-03 SE-01
    boss, wall, anna = await at.clerk(admin, "supervisor"), await at.clerk(admin, "wall"), await at.clerk(admin)
    screen, display = await boss.live(), await wall.live()
    await limits(admin, waiting=1)
    talk = await talking(at, anna)
    await anna.does("POST", f"/api/conversations/{talk.conversation}/transfer", {"queue": "general"})
    other = await at.citizen()
    await other.tell("позовите оператора")
    for each in (screen, display):
        await told(each, "alarms")
    alarm, = await lasting(boss)
    assert (alarm["trouble"], alarm["title"], alarm["limit"], alarm["value"], alarm["mine"]) == ("waiting", "Общие вопросы", 1, 2, True)
    done = await boss.does("POST", f"{PATH}/{alarm['id']}/acknowledge", {"word": "иду сам"})
    assert (done["acknowledged_by"], done["word"]) == (boss.login.title(), "иду сам")
    await told(display, "alarms")
    assert [(each["acknowledged"] is not None, each["acknowledged_by"], each["word"], each["mine"]) for each in await lasting(wall)] == [
        (True, "", "", False)]
    for path in (f"{PATH}/{alarm['id']}/acknowledge", f"{PATH}/{alarm['id']}/silence"):
        assert (await wall.call("POST", path, {"minutes": 5}))[1]["error"] == "forbidden"
    assert (await anna.call("GET", PATH))[0] == 403
    assert (await boss.does("POST", f"{PATH}/{alarm['id']}/silence", {"minutes": 30}))["quiet_until"] is not None
    assert [each["id"] for each in await boss.does("GET", f"{PATH}/log?days=1")] == [alarm["id"]]
    await limits(admin)  # none any more, so it is over
    assert (await boss.call("POST", f"{PATH}/{alarm['id']}/acknowledge", {}))[1]["error"] == "no_such_alarm"
    kept, = await boss.does("GET", f"{PATH}/log")
    assert (kept["ended"] is not None, kept["word"]) == (True, "иду сам")
    audit_entries = [audit_entry["what"] for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["what"].startswith("alarm")]
    assert audit_entries == ["alarm_silenced", "alarm_acknowledged"]
    table = (await boss.does("GET", f"{PATH}/file?days=1")).decode("utf-8-sig").splitlines()
    assert len(table) == 2
    assert table[1].startswith("Много ждут;Общие вопросы;")
    assert table[1].endswith("иду сам")
    for each in (screen, display):
        await each.close()


async def test_a_limit_that_cannot_be_meant_is_named_and_a_change_is_told(admin: Clerk) -> None:
    # MC-01
    now = (await admin.does("GET", "/api/settings"))["settings"]
    lines = now["queues"]
    wrong = [lines[0] | {"alarms": lines[0]["alarms"] | {"level_percent": 101, "waiting": 25}}, *lines[1:]]
    preview = await admin.does("POST", "/api/settings/preview", {"settings": now | {"queues": wrong}})
    assert [each["field"] for each in preview["faults"]] == ["queues.general.alarms.level_percent"]
    assert "Линия «Общие вопросы», тревога «ждут больше»:" in preview["changes"][0]
