"""Cases by the desk's own requests: registered out of a conversation, worked on, seen by whom they concern."""

from typing import Any

from tests.house import Citizen, Clerk, People, talking


def draft(**more: Any) -> dict[str, Any]:
    return {"key": "k1", "kind": "request", "topic": "documents", "text": "Паспорт не готов второй месяц"} | more


async def heard(citizen: Citizen, words: str) -> str:
    """A notice with these words; those before it are passed over."""
    while words not in (text := str((await citizen.line.hear("message", author="system"))["text"])):
        pass
    return text


async def test_a_case_from_its_registration_to_its_end(at: People, admin: Clerk) -> None:
    # RQ-01, RQ-04, CM-02
    anna, stranger = await at.clerk(admin), await at.clerk(admin, queues=("social",))
    citizen = await talking(at, anna, name="Пётр")
    line = await anna.live()
    await line.hear("hello")
    path = f"/api/conversations/{citizen.conversation}/cases"
    made = await anna.does("POST", path, draft())
    assert (made["case"]["state"], made["case"]["label"], made["code"]) == ("registered", "outside", "")
    number = made["case"]["number"]
    assert len(number.split("-")[2]) == 7
    await heard(citizen, f"зарегистрировано: № {number}")
    await heard(citizen, "Код для просмотра")
    assert (await line.hear("case"))["case"]["number"] == number
    again = await anna.does("POST", path, draft())
    assert again["case"]["number"] == number
    assert [each["number"] for each in await anna.does("GET", path)] == [number]
    texts = [each["text"] for each in await anna.timeline(citizen.conversation)]
    assert any(number in text for text in texts)
    assert not any("Код для просмотра" in text for text in texts)

    assert (await stranger.call("GET", f"/api/cases/{number}"))[1]["error"] == "no_such_case"
    assert (await stranger.call("POST", f"/api/cases/{number}/steps", {"act": "take"}))[1]["error"] == "no_such_case"
    assert (await anna.call("POST", f"/api/cases/{number}/steps", {"act": "close"}))[1]["error"] == "bad_step"
    offered = await anna.does("GET", f"/api/cases/{number}")
    assert (offered["possible"][0], offered["works"]) == ({"act": "take", "needs": [], "main": True}, True)
    taken = await anna.does("POST", f"/api/cases/{number}/steps", {"act": "take"})
    assert (taken["case"]["state"], taken["works"], [each["act"] for each in taken["possible"]]) == ("in_work", True, taken["acts"])
    needs = {each["act"]: [(need["field"], need["kind"]) for need in each["needs"]] for each in taken["possible"]}
    assert (needs["answer"], needs["forward"]) == ([("why", "answer")], [("to", "body"), ("why", "reason")])
    assert (await anna.call("POST", f"/api/cases/{number}/steps", {"act": "close"}))[1]["error"] == "bad_step"
    assert (await anna.call("POST", f"/api/cases/{number}/steps", {"act": "answer"}))[1]["error"] == "no_reason"
    assert [each["number"] for each in (await anna.does("GET", "/api/cases"))["cases"]] == [number]
    answered = await anna.does("POST", f"/api/cases/{number}/steps", {"act": "answer", "why": "Паспорт готов"})
    assert answered["case"]["state"] == "answered"
    await heard(citizen, "Паспорт готов")
    closed = await anna.does("POST", f"/api/cases/{number}/steps", {"act": "close"})
    assert [each["act"] for each in closed["steps"]] == ["register", "take", "answer", "close"]
    audit_entries = [audit_entry["what"] for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["about"] == number]
    assert {"case_register", "case_code", "case_take", "case_answer", "case_close"} <= set(audit_entries)
