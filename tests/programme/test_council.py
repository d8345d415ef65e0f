"""The interdepartmental council over the API of a running hub: members, agenda pack, decisions and their control (GV-09)."""

import io
import re
import zipfile
from typing import Any

from tests.house import Clerk, People


async def put(boss: Clerk, sheet: str, row: dict[str, Any]) -> dict[str, Any]:
    path = f"/api/programme/sheets/{sheet}"
    version = (await boss.does("GET", path))["version"]
    return await boss.does("PUT", f"{path}/rows/{row['id']}", {"version": version, "row": row})


async def test_a_council_has_members_a_pack_and_decisions_under_control(at: People) -> None:
    # GV-09
    admin = await at.admin()
    boss, anna = await at.clerk(admin, "supervisor"), await at.clerk(admin)
    await put(boss, "members", {"type": "council_member", "id": "1", "name": "Ольга Петрова", "body": "Минцифры России", "post": "заместитель министра"})
    for number, meeting in ((1, "2030-03-01"), (2, "2030-06-01")):
        await put(boss, "agenda", {"type": "agenda_item", "id": str(number), "title": f"Вопрос {number}", "meeting": meeting, "speaker": "Иванов"})
    task = {"type": "council_decision", "meeting": "2025-12-01", "responsible": "Минцифры России"}
    for number, more in ((1, {"due": "2025-12-10"}), (2, {"due": "2090-01-01"}), (3, {"due": "2025-12-10", "state": "done", "done": "2025-12-09"})):
        told = await put(boss, "decisions", task | {"id": str(number), "title": f"Поручение {number}"} | more)
    assert told["overdue"] == ["1"]
    metrics = (await boss.does("GET", "/metrics")).decode()
    assert re.search(r'^okno_programme_overdue{list="decisions"} 1\b', metrics, re.MULTILINE)

    # The plan that comes with Okno is overdue since 2009, but nobody has taken it on.
    paper = await boss.does("GET", "/api/programme/council/pack?meeting=2030-03-01&form=docx")
    words = re.sub(r"<[^>]+>", " ", zipfile.ZipFile(io.BytesIO(paper)).read("word/document.xml").decode())
    for shown in ("Ольга Петрова", "заместитель министра", "Вопрос 1", "Поручение 1", "просрочено", "Поручение 2", "0 из 89", "01.03.2030"):
        assert shown in words
    for hidden in ("Вопрос 2", "Поручение 3", "30.06.2009"):
        assert hidden not in words
    assert (await boss.does("GET", "/api/programme/council/pack?meeting=2030-03-01")).startswith(b"%PDF")
    assert (await anna.call("GET", "/api/programme/council/pack?meeting=2030-03-01"))[0] == 403
