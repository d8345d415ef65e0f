"""What is read over the desk's doors is in the audit with its ground, and what is nobody's work is not shown without a reason (SE-03, ST-05)."""

from tests.house import Clerk, Frame, People


async def readings(admin: Clerk, who: Clerk) -> list[tuple[str, str, str]]:
    """What somebody read, about what, on what ground; oldest first."""
    changes = {"sign_in", "password_changed", "taken", "accepted", "one_time_password"}
    audit_entries: list[Frame] = await admin.does("GET", "/api/audit")
    return [(audit_entry["what"], audit_entry["about"], audit_entry["ground"]) for audit_entry in reversed(audit_entries) if audit_entry["by"] == who.login and audit_entry["what"] not in changes]


async def test_a_strangers_conversation_is_read_for_a_reason(at: People, admin: Clerk) -> None:
    clerk, boss = await at.clerk(admin), await at.clerk(admin, "supervisor", ())
    boss.reason = ""
    citizen = await at.citizen()
    await citizen.tell("оператор")
    await citizen.line.hear("state", holder="queue")
    conversation = citizen.conversation
    await clerk.does("POST", f"/api/conversations/{conversation}/take")
    base = f"/api/conversations/{conversation}"
    for path in (base, f"{base}/identity", f"{base}/history", f"/api/files/{'0' * 64}?conversation={conversation}"):
        assert (await boss.call("GET", path))[1]["error"] == "no_ground", path
    line = await boss.live()
    await line.send(type="watch", conversation=conversation)
    assert (await line.hear("error"))["code"] == "no_ground"
    assert (await boss.act(conversation, "reason", {"why": " "}))[1]["error"] == "bad_request"
    assert (await clerk.act(conversation, "reason", {"why": "любопытно"}))[0] == 403
    assert (await boss.act(conversation, "reason", {"why": "жалоба № 7"}))[0] == 200
    for _ in range(2):
        await boss.does("GET", base)
    await boss.does("GET", f"{base}/identity")
    await boss.does("GET", f"{base}/history")
    assert await readings(admin, boss) == [
        ("reason", conversation, "жалоба № 7"), ("open", conversation, "жалоба № 7"),
        ("identity", conversation, "жалоба № 7"), ("history", conversation, "жалоба № 7")]
    assert ("open", conversation, "held") in await readings(admin, clerk)


async def test_lists_search_and_registers_are_read_by_duty(at: People, admin: Clerk) -> None:
    boss, designer = await at.clerk(admin, "supervisor"), await at.clerk(admin, "designer")
    citizen = await at.citizen()
    await citizen.tell("Иванов Пётр Сергеевич, 8 921 123-45-67")
    for path in ("/api/inbox?view=recent", "/api/inbox?view=recent", "/api/search?text=паспорт Иванов Пётр 89211234567", "/api/notices"):
        await boss.does("GET", path)
    await designer.does("GET", "/api/robot/phrases")
    assert await readings(admin, boss) == [("listed", "", "duty"), ("search", "", "duty"), ("notices", "", "duty")]
    assert ("phrases", "", "duty") in await readings(admin, designer)
    audit_entries: list[Frame] = await admin.does("GET", "/api/audit")
    searched = next(audit_entry["detail"] for audit_entry in audit_entries if audit_entry["what"] == "search")
    assert searched == "паспорт ‹имя› ‹телефон›"
    assert ("audit", "", "duty") in await readings(admin, admin)


async def test_a_file_is_read_on_the_ground_of_its_conversation(at: People, admin: Clerk) -> None:
    clerk = await at.clerk(admin)
    citizen = await at.citizen()
    async with at.http.post(f"{clerk.house.base}/chat/files?token={citizen.token}", data="справка".encode()) as answer:
        file = str((await answer.json())["file"])
    await citizen.tell("оператор")
    await citizen.line.hear("state", holder="queue")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    status, content = await clerk.call("GET", f"/api/files/{file}?conversation={citizen.conversation}")
    assert (status, content) == (200, "справка".encode())
    assert ("file", citizen.conversation, "held") in await readings(admin, clerk)
