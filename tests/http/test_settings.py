"""An administrator settles lines, hours and numbers at the desk: they hold at once in the running hub, and after a restart."""

from typing import Any

from tests.house import Clerk, House, People, talking
from tests.http.test_lists import told
from tests.rig import eventually

PATH = "/api/settings"


async def settled(admin: Clerk, **changes: Any) -> tuple[int, Any]:
    """The settings with some part of them changed."""
    now = await admin.does("GET", PATH)
    return await admin.call("PUT", PATH, {"version": now["version"], "settings": now["settings"] | changes, "why": "проба"})


async def test_a_new_line_works_at_once_and_a_closed_one_empties(admin: Clerk, at: People) -> None:
    # RT-11, CH-08, D3: without a restart
    screen = await admin.live()
    first = (await admin.does("GET", PATH))["settings"]
    assert [each["id"] for each in first["queues"]] == ["general", "documents", "social"]
    own = first["queues"][0]["centre"]
    fresh = {"id": "tax", "title": "Налоги", "centre": own, "skills": {"law": 2}}
    status, after = await settled(admin, queues=[*first["queues"], fresh])
    assert (status, after["versions"][0]["changes"]) == (200, ["Новая линия «Налоги» (tax)."])
    assert "settings" in await told(screen, "settings")
    anna = await at.clerk(admin, queues=("tax",))
    citizen = await talking(at, admin)
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/transfer", {"queue": "tax"})
    await anna.does("PUT", "/api/presence", {"presence": "ready"})
    assert [each["id"] for each in (await anna.does("GET", "/api/inbox?view=waiting"))["conversations"]] == [citizen.conversation]
    assert (await settled(admin, queues=first["queues"]))[1]["error"] == "bad_settings"  # somebody waits there
    assert (await settled(admin, queues=[*first["queues"], fresh | {"successor": "general"}]))[0] == 200

    async def moved() -> bool:
        return bool((await admin.does("GET", f"/api/conversations/{citizen.conversation}"))["conversation"]["holder"]["queue"] == "general")
    await eventually(moved)
    assert [each["id"] for each in (await admin.does("GET", "/api/me"))["all_queues"] if each["closed"]] == ["tax"]  # forms do not offer it
    assert (await admin.call("POST", f"/api/conversations/{citizen.conversation}/transfer", {"queue": "tax"}))[1]["error"] == "no_such_queue"
    assert "4 queues" in admin.house.run("check").stdout  # it judges what is in force
    versions = await admin.does("GET", PATH)
    await admin.does("POST", f"{PATH}/revert", {"version": versions["version"], "to": versions["version"] - 1})  # open again
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/transfer", {"queue": "tax"})


async def test_hours_hold_at_once_and_numbers_that_cost_are_not_published(admin: Clerk, at: People) -> None:
    # SL-01, SL-02, CH-11
    now = await admin.does("GET", PATH)
    never = {"queue": "general", "zone": "Europe/Moscow", "week": {}}
    preview = await admin.does("POST", f"{PATH}/preview", {"settings": now["settings"] | {"hours": [never]}})
    assert (preview["faults"], preview["changes"]) == ([], ["Часы линии «Общие вопросы»: новый календарь."])
    assert [day["spans"] for line in preview["cover"] if line["line"] == "general" for day in line["days"]] == [[]] * 60
    assert (await settled(admin, hours=[never]))[0] == 200
    citizen = await at.citizen()
    await citizen.tell("позовите оператора")
    assert "нерабочее время" in (await citizen.line.hear("message", author="system"))["text"]
    paid = [{"centre": "001", "number": "+78001234567", "tariff": "paid"}]
    faults = (await admin.does("POST", f"{PATH}/preview", {"settings": now["settings"] | {"numbers": paid}}))["faults"]
    assert [each["field"] for each in faults] == ["numbers.0.tariff"]
    assert (await settled(admin, numbers=paid))[1]["error"] == "bad_settings"
    assert (await settled(admin, hours=[]))[0] == 200


async def test_of_two_administrators_one_looks_again_and_others_may_not(admin: Clerk, at: People) -> None:
    # SE-01
    other, boss = await at.clerk(admin, "admin"), await at.clerk(admin, "supervisor")
    seen = await admin.does("GET", PATH)
    queues = [each | {"title": each["title"] + "!"} for each in seen["settings"]["queues"]]
    assert (await settled(other, queues=queues))[0] == 200
    status, refused = await admin.call("PUT", PATH, {"version": seen["version"], "settings": seen["settings"]})
    assert (status, refused["error"]) == (409, "outdated")
    await other.does("POST", f"{PATH}/revert", {"version": seen["version"] + 1, "to": seen["version"]})
    assert (await boss.call("GET", PATH))[0] == 403


async def test_what_was_settled_holds_after_a_restart_and_the_file_is_named_where_it_differs(admin: Clerk, house: House, at: People) -> None:
    # RL-04: one source after the first start
    seen = await admin.does("GET", PATH)
    queues = [each | ({"title": "Документы"} if each["id"] == "documents" else {}) for each in seen["settings"]["queues"]]
    assert (await settled(admin, queues=queues))[0] == 200
    house.stop()
    house.start()
    again = await at.admin()
    now = await again.does("GET", PATH)
    assert now["settings"]["queues"] == queues
    assert "Линия «Документы», название: «Документы» → «Документы и регистрация»." in now["file"]
    await again.does("POST", f"{PATH}/revert", {"version": now["version"], "to": seen["version"]})
