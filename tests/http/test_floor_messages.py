"""Messages to the floor by the desk's own requests: to whom, until when, who has read them, and what is refused."""

from typing import Any

import pytest

from tests.house import Clerk, People
from tests.http.test_lists import told

PATH = "/api/floor/messages"


async def unread(of: Clerk) -> list[str]:
    return [each["text"] for each in (await of.does("GET", PATH))["unread"]]


async def test_it_is_told_to_those_of_the_line_and_its_sender_sees_who_has_read_it(admin: Clerk, at: People) -> None:  # OC-05 SE-01
    boss, anna, other = await at.clerk(admin, "supervisor"), await at.clerk(admin), await at.clerk(admin, queues=("social",))
    line = await anna.live()
    await line.hear("hello")
    body = {"text": "Портал не работает", "to": "line:general", "urgent": True, "minutes": 15}
    sent = await boss.does("PUT", f"{PATH}/portal", body)
    assert "floor_messages" in await told(line, "floor_messages")
    assert (await boss.does("PUT", f"{PATH}/portal", body))["at"] == sent["at"]  # said twice it is done once
    assert (await boss.call("PUT", f"{PATH}/portal", body | {"text": "Другое"}))[1]["error"] == "other_version"
    assert (await unread(anna), await unread(other)) == (["Портал не работает"], [])
    assert (await other.call("POST", f"{PATH}/portal/read"))[1]["error"] == "no_such_floor_message"
    for _ in range(2):
        await anna.does("POST", f"{PATH}/portal/read")
    readers: dict[str, Any] = {each["login"]: each["at"] for each in (await boss.does("GET", PATH))["sent"][0]["readers"]}
    assert readers[anna.login] is not None
    assert (readers[boss.login], other.login in readers, await unread(anna)) == (None, False, [])
    assert (await anna.call("PUT", f"{PATH}/mine", body))[1]["error"] == "forbidden"
    assert (await anna.does("GET", PATH))["sent"] == []
    await boss.does("DELETE", f"{PATH}/portal")
    assert await unread(boss) == []
    audit_entries = [audit_entry["what"] for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["about"] == "portal"]
    assert audit_entries == ["floor_message_withdrawn", "floor_message"]
    await line.close()


@pytest.mark.parametrize(("body", "code"), [
    ({"text": "Кому?", "to": "line:nowhere"}, "no_such_group"), ({"text": "Кому?", "login": "nobody"}, "no_such_operator"),
    ({"text": "  ", "to": "line:general"}, "empty"), ({"text": "x" * 1001, "to": "line:general"}, "bad_request")])
async def test_what_nobody_could_read_is_refused(admin: Clerk, body: dict[str, Any], code: str) -> None:  # OC-05
    assert (await admin.call("PUT", f"{PATH}/wrong", body))[1]["error"] == code
