"""Somebody writes that he means to die while others wait: over a real chat and a real desk (B1 of the acceptance by a citizen)."""

from collections.abc import Iterator

import pytest

from tests.house import House, People, house_in

CRY = "хочу покончить с собой, таблетки уже выпила"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.mark.smoke
async def test_danger_goes_before_all_who_wait_with_an_alarm(at: People) -> None:
    admin = await at.admin()
    for _ in range(8):
        citizen = await at.citizen()
        await citizen.tell("оператор")
        await citizen.line.hear("state", holder="queue")
    citizen = await at.citizen()
    await citizen.tell(CRY)
    state = await citizen.line.hear("state", holder="queue")
    assert state.get("place", 0) == 0
    await citizen.line.hear("message", author="bot")  # the greeting
    said = [await citizen.line.hear("message", author=author) for author in ("bot", "system")]
    assert ["112" in each["text"] for each in said] == [True, True]
    assert [each for each in said if "24" in each["text"] or "очеред" in each["text"] or each.get("choices")] == []

    alarms = [each for each in await admin.does("GET", "/api/floor/alarms") if each["trouble"] == "danger"]
    assert [(each["about"], each["mine"]) for each in alarms] == [(citizen.conversation, True)]
    listed = (await admin.does("GET", "/api/inbox?view=waiting"))["conversations"]
    assert listed[0]["id"] == citizen.conversation
    assert listed[0]["question"] == CRY

    line = await admin.live()
    await admin.does("PUT", "/api/presence", {"presence": "ready"})
    offer = await line.hear("offer")
    assert offer["conversation"]["id"] == citizen.conversation
    assert offer["conversation"]["danger"]
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/accept")
    await citizen.line.hear("state", holder="operator")
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})
    assert [each for each in await admin.does("GET", "/api/floor/alarms") if each["trouble"] == "danger"] == []
    await line.close()
