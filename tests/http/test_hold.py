"""Nothing of a conversation is deleted while somebody holds it back, and it is told who and why (SE-04)."""

from tests.house import Clerk, People


async def in_line(at: People) -> str:
    citizen = await at.citizen(name="Пётр")
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    return citizen.conversation


async def test_a_conversation_is_held_back_and_let_go(at: People, admin: Clerk) -> None:
    # SE-04
    conversation, boss = await in_line(at), await at.clerk(admin, "supervisor")
    for held, why in ((True, "запрос суда от 24.11"), (False, "дело закрыто")):
        await boss.does("PUT", f"/api/conversations/{conversation}/hold", {"held": held, "why": why})
    entries = (await boss.does("GET", f"/api/conversations/{conversation}"))["entries"]
    assert [entry["text"] for entry in entries if entry["kind"] == "note"] == [
        "Удаление по сроку остановлено: запрос суда от 24.11", "Удаление по сроку снова действует: дело закрыто"]
    audit_entries = [(audit_entry["what"], audit_entry["by"], audit_entry["detail"]) for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["about"] == conversation]
    assert ("held_back", boss.login, "") in audit_entries
    assert ("hold_lifted", boss.login, "") in audit_entries


async def test_who_may_not_steer_holds_nothing_back(at: People, admin: Clerk) -> None:
    # SE-01
    conversation = await in_line(at)
    for role in ("operator", "senior", "designer"):
        clerk = await at.clerk(admin, role)
        status, answer = await clerk.call("PUT", f"/api/conversations/{conversation}/hold", {"held": True, "why": "так надо"})
        assert (status, answer["error"]) == (403, "forbidden")


async def test_a_hold_without_a_ground_is_refused(at: People, admin: Clerk) -> None:
    # SE-04
    conversation = await in_line(at)
    for body in ({"held": True}, {"held": True, "why": ""}, {"why": "так надо"}):
        status, answer = await admin.call("PUT", f"/api/conversations/{conversation}/hold", body)
        assert (status, answer["error"]) == (400, "bad_request")
