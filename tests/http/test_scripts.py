"""Scripts at the desk: walked beside a conversation, edited, published by another, taken out and brought in, counted."""

import asyncio
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import tomli_w

from hub.access.operator import Role
from tests.house import Citizen, Clerk, People, talking
from tests.http.test_cases_apart import asked
from tests.matrix import Account, hub_in

STEPS = [{"key": "need", "kind": "ask", "text": "Для чего?", "mandatory": True, "answers": [{"text": "Жильё", "next": "papers"}, {"text": "Дело", "next": "end"}]},
         {"key": "papers", "kind": "say", "text": "Возьмите паспорт.", "next": "end"}]


def loan(**more: Any) -> dict[str, Any]:
    return {"key": "loan", "title": "Заём", "steps": STEPS, "rights": ["Ответ."], "appeal": ["Руководителю."],
            "phrases": {"conflict": ["Понимаю."], "hesitation": ["Решать вам."], "silence": ["Вы здесь?"]}} | more


def lately() -> str:
    """Today in whatever zone."""
    today = datetime.now(UTC).date()
    return f"since={today - timedelta(days=1)}&until={today + timedelta(days=1)}"


async def published(editor: Clerk, boss: Clerk, script: dict[str, Any], version: int = 0) -> int:
    draft = await editor.does("PUT", f"/api/scripts/{script['key']}", {"version": version, "script": script})
    await boss.does("POST", f"/api/scripts/{script['key']}/approve", {"version": draft["version"]})
    return int(draft["version"])


async def test_an_operator_is_led_through_a_script(at: People, admin: Clerk) -> None:
    # KB-01: mandatory steps hold the closing up, a leader closes with a reason, the path stays with the conversation
    anna, boss = await at.clerk(admin), await at.clerk(admin, "supervisor")
    citizen = await talking(at, anna)
    path = f"/api/conversations/{citizen.conversation}/walks"
    senior = await boss.live()
    await senior.hear("hello")
    await boss.act(citizen.conversation, "reason", {"why": "проверка"})
    await senior.send(type="watch", conversation=citizen.conversation)
    await boss.timeline(citizen.conversation)
    begun = await anna.does("POST", path, {"key": "w1", "script": "complaint"})
    assert (begun["step"], begun["script"]["title"]) == ("listen", "Жалоба на орган, чиновника или МФЦ")
    assert begun["ahead"] == ["danger", "route", "rights", "take", "write", "read-back", "number"]
    assert (await senior.hear("walk"))["moves"] == 0  # whoever looks on sees it at once
    await anna.does("POST", f"{path}/w1", {"seen": 0, "move": "on"})
    assert (await senior.hear("walk"))["moves"] == 1
    assert (await anna.call("POST", f"{path}/w1", {"seen": 1, "move": "on"}))[1]["error"] == "bad_step"
    at_route = await anna.does("POST", f"{path}/w1", {"seen": 1, "move": "on", "answer": 1})
    assert at_route["step"] == "route"
    assert (await anna.does("POST", f"{path}/w1", {"seen": 1, "move": "on", "answer": 1})) == at_route
    assert (await anna.call("POST", f"{path}/w1", {"seen": 1, "move": "back"}))[1]["error"] == "other_step"
    await anna.does("POST", f"{path}/w1", {"seen": 2, "move": "rights"})  # AL-06: one key away

    status, refusal = await anna.act(citizen.conversation, "close", {"topic": "complaints"})
    assert (status, refusal["error"]) == (409, "steps_ahead")
    assert "куда и как можно пожаловаться" in refusal["text"]
    assert (await anna.act(citizen.conversation, "close", {"topic": "complaints", "why": "спешит"}))[1]["error"] == "steps_ahead"
    assert (await boss.act(citizen.conversation, "close", {"topic": "complaints"}))[1]["error"] == "steps_ahead"
    assert (await boss.act(citizen.conversation, "close", {"topic": "complaints", "why": "заявитель просит не говорить"}))[0] == 200
    walk, = await boss.does("GET", path)
    assert [(each["move"], each["step"], each["answer"], each["by"]) for each in walk["moves"]] == [
        ("on", "listen", 0, anna.login), ("on", "danger", 1, anna.login), ("rights", "route", 0, anna.login)]
    assert any("заявитель просит не говорить" in each["text"] for each in await boss.timeline(citizen.conversation))
    audit_entries = {audit_entry["what"] for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["about"] == citizen.conversation}
    assert {"script_begun", "walks", "close"} <= audit_entries


async def test_a_script_that_was_not_meant_is_given_up(at: People, admin: Clerk) -> None:
    anna, stranger = await at.clerk(admin), await at.clerk(admin)
    citizen = await talking(at, anna)
    path = f"/api/conversations/{citizen.conversation}/walks"
    line = await anna.live()
    await line.hear("hello")
    await line.send(type="watch", conversation=citizen.conversation)
    await anna.timeline(citizen.conversation)
    await anna.does("POST", path, {"key": "w1", "script": "callback"})
    assert (await stranger.call("POST", path, {"key": "w2", "script": "callback"}))[1]["error"] == "not_yours"
    assert (await stranger.call("GET", path))[1]["error"] == "forbidden"
    assert (await line.hear("walk"))["moves"] == 0
    await anna.does("DELETE", f"{path}/w1")
    assert (await line.hear("walk"))["moves"] is None
    assert await anna.does("GET", path) == []
    assert (await anna.call("POST", path, {"key": "w1", "script": "none"}))[1]["error"] == "no_such_script"


async def test_one_writes_and_another_publishes(at: People, admin: Clerk) -> None:
    # KB-01
    editor, boss, anna = await at.clerk(admin, "designer"), await at.clerk(admin, "supervisor"), await at.clerk(admin)
    key = f"loan-{editor.login}"
    script = loan(key=key)
    torn = loan(key=key, steps=[STEPS[0]])
    assert await editor.does("POST", "/api/script-check", torn) == [{"flaw": "no_such_step", "step": "need", "what": "papers"}]
    draft = await editor.does("PUT", f"/api/scripts/{key}", {"version": 0, "script": torn})
    assert [(each["version"], each["state"]) for each in draft["versions"]] == [(1, "draft")]
    assert (await boss.call("POST", f"/api/scripts/{key}/approve", {"version": 1}))[1]["error"] == "bad_script"
    assert (await editor.call("PUT", f"/api/scripts/{key}", {"version": 0, "script": script}))[1]["error"] == "other_version"
    await editor.does("PUT", f"/api/scripts/{key}", {"version": 1, "script": script})
    assert (await editor.call("POST", f"/api/scripts/{key}/approve", {"version": 2}))[1]["error"] == "forbidden"
    assert (await anna.call("PUT", f"/api/scripts/{key}", {"version": 2, "script": script}))[1]["error"] == "forbidden"
    assert (await editor.call("PUT", f"/api/scripts/{key}", {"version": 2, "script": loan(key="other")}))[1]["error"] == "bad_request"
    out = await boss.does("POST", f"/api/scripts/{key}/approve", {"version": 2})
    assert [(each["version"], each["state"], each["approved_by"]) for each in out["versions"]] == [(2, "published", boss.login)]
    own = loan(key=f"own-{admin.login}-{editor.login}")  # an administrator may write and approve: never the same one
    await admin.does("PUT", f"/api/scripts/{own['key']}", {"version": 0, "script": own})
    assert (await admin.call("POST", f"/api/scripts/{own['key']}/approve", {"version": 1}))[1]["error"] == "own_script"
    await admin.does("POST", f"/api/scripts/{own['key']}/discard", {"version": 1})
    await published(editor, boss, loan(key=key, title="Заём и залог"), 2)
    states = (await anna.does("GET", f"/api/scripts/{key}?version=2"))["versions"]
    assert [(each["version"], each["state"]) for each in states] == [(3, "published"), (2, "replaced")]
    await boss.does("POST", f"/api/scripts/{key}/withdraw")
    row = next(each for each in await anna.does("GET", "/api/scripts") if each["key"] == key)
    assert (row["published"], row["withdrawn"], row["version"]) == (0, True, 3)


async def test_scripts_go_out_and_come_in_as_toml(at: People, admin: Clerk) -> None:
    # KB-01
    editor, anna = await at.clerk(admin, "designer"), await at.clerk(admin)

    async def fetched(query: str = "") -> str:
        async with editor.http.get(f"/api/script-file{query}") as answer:
            assert answer.status == 200
            return await answer.text()

    async def brought(who: Clerk, text: str) -> tuple[int, Any]:
        async with who.http.post("/api/script-file", data=text.encode(), headers={"X-CSRF-Token": who.csrf}) as answer:
            return answer.status, await answer.json()

    whole = await fetched()
    assert {"112", "complaint", "callback"} <= {each["key"] for each in tomllib.loads(whole)["script"]}
    assert await brought(editor, whole) == (200, [])
    urgent = tomllib.loads(await fetched("?script=112"))
    urgent["script"][0] |= {"title": "Угроза жизни", "key": f"u-{editor.login}"}
    status, drafts = await brought(editor, tomli_w.dumps(urgent))
    assert (status, [(each["key"], each["version"], each["published"]) for each in drafts]) == (200, [(f"u-{editor.login}", 1, 0)])
    for bad in ("[[script]]", "\x00", "script = 1"):
        assert (await brought(editor, bad))[1]["error"] == "bad_script_file"
    assert (await brought(anna, whole))[1]["error"] == "forbidden"


async def test_leaders_see_how_scripts_are_walked(at: People, admin: Clerk) -> None:
    # KB-01: reports of passing
    editor, boss, anna = await at.clerk(admin, "designer"), await at.clerk(admin, "supervisor"), await at.clerk(admin)
    script = loan(key=f"sum-{editor.login}")
    await published(editor, boss, script)
    citizens: list[Citizen] = [await talking(at, anna) for _ in range(2)]
    for number, citizen in enumerate(citizens):
        path = f"/api/conversations/{citizen.conversation}/walks"
        await anna.does("POST", path, {"key": "w", "script": script["key"]})
        if number:
            await anna.does("POST", f"{path}/w", {"seen": 0, "move": "appeal"})
            await anna.does("POST", f"{path}/w", {"seen": 1, "move": "on", "answer": 2})
    out = await boss.does("GET", f"/api/script-figures?{lately()}")
    found = next(each for each in out["scripts"] if each["script"] == script["key"])
    assert (found["begun"], found["finished"], found["missed"], found["rights"], found["appeal"]) == (2, 1, 1, 0, 1)
    assert [(each["key"], each["reached"], each["passed"], each["here"], each["answers"]) for each in found["steps"]] == [
        ("need", 2, 1, 1, [0, 1]), ("papers", 0, 0, 0, [])]
    assert (await boss.call("GET", "/api/script-figures?since=2026-02-01&until=2026-01-01"))[1]["error"] == "bad_dates"
    assert (await anna.call("GET", "/api/script-figures?since=2026-01-01&until=2026-01-02"))[1]["error"] == "forbidden"


async def test_scripts_between_centres(tmp_path: Path) -> None:
    # FD-04, SE-05: the federal centre is led by scripts as well; of other centres' talks it sees neither paths nor figures
    federal_account, regional_account = Account(Role.SUPERVISOR, "Ф", ""), Account(Role.SUPERVISOR, "Р", "")
    async with hub_in(tmp_path) as hub, hub.desk(federal_account) as federal, hub.desk(regional_account) as regional:
        theirs, own = (f"/api/conversations/{hub.waiting[level]}" for level in "РФ")
        for http, here in ((regional, theirs), (federal, own)):
            assert (await asked(http, "POST", f"{here}/take"))[0] == 200
            assert (await asked(http, "POST", f"{here}/walks", {"key": "w", "script": "112"}))[0] == 200
        tries = (("GET", f"{theirs}/walks", None), ("POST", f"{theirs}/walks", {"key": "v", "script": "112"}),
                 ("POST", f"{theirs}/walks/w", {"seen": 0, "move": "rights"}), ("DELETE", f"{theirs}/walks/w", None))
        for method, path, body in tries:
            status, refusal = await asked(federal, method, path, body)
            assert (status, refusal["error"]) == (403, "forbidden"), path
        figures = await asyncio.gather(*(asked(http, "GET", f"/api/script-figures?{lately()}") for http in (federal, regional)))
        assert [sum(each["begun"] for each in out["scripts"]) for _, out in figures] == [1, 1]
        assert "Иван" not in str(await asked(federal, "GET", f"{own}/walks"))
