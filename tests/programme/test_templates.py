"""Standard provision and regulation over the API of a running hub: versions, a second person, papers of a centre (GV-06)."""

import io
from typing import Any

from docx import Document

from tests.house import Clerk, People

BASE = "/api/programme/templates"
TITLE = "Положение о центре"
TEXT = "# 1. Кто это\n{наименование} ({уровень}), ведёт {орган}.\n\n# 2. Номера\nЗвоните: {номера}. Территория: {территория}. Переданы: {договоры}."


async def versions(boss: Clerk, template: str) -> list[dict[str, Any]]:
    return next(each["versions"] for each in (await boss.does("GET", BASE))["templates"] if each["template"] == template)


async def write(boss: Clerk, template: str, text: str) -> dict[str, Any]:
    newest = (await versions(boss, template))[0]["version"]
    return await boss.does("PUT", f"{BASE}/{template}", {"version": newest, "title": TITLE, "text": text})


async def printed(boss: Clerk, template: str, centre: str, version: int = 0) -> tuple[str, str]:
    """The words of the paper, and of its foot."""
    paper = Document(io.BytesIO(await boss.does("GET", f"{BASE}/{template}/file?centre={centre}&version={version}&form=docx")))
    return "\n".join(each.text for each in paper.paragraphs), "\n".join(each.text for part in paper.sections for each in part.footer.paragraphs)


async def test_a_text_is_in_force_when_a_second_person_has_approved_it(at: People) -> None:
    # GV-06
    admin = await at.admin()
    boss, other, anna = await at.clerk(admin, "supervisor"), await at.clerk(admin, "supervisor"), await at.clerk(admin)
    file = f"{BASE}/provision/file?centre=000"
    assert (await boss.call("GET", file))[1]["error"] == "not_approved"
    made = await write(boss, "provision", TEXT)
    assert (made["version"], made["approval"], made["own"]) == (1, None, True)
    assert (await boss.call("POST", f"{BASE}/provision/approve", {"version": 1}))[1]["error"] == "own_template"
    assert (await boss.call("GET", file))[1]["error"] == "not_approved"
    assert "не утверждена" in (await printed(boss, "provision", "000", 1))[1]
    assert (await other.does("POST", f"{BASE}/provision/approve", {"version": 1}))["approval"]["by"] == other.login
    words, foot = await printed(boss, "provision", "000")
    assert "Федеральный центр телефонного обслуживания (федеральный), ведёт Министерство (пример)." in words
    assert "+78001000000 (бесплатно). Территория: вся Российская Федерация. Переданы: информирование (ООО «Пример связи»)." in words
    assert "+74951000000" not in words  # it is not published
    assert "Типовая редакция 1, утверждена" in foot
    words, _ = await printed(boss, "provision", "016")
    assert "122 (бесплатно). Территория: Республика Татарстан. Переданы: нет." in words

    # The next version is a draft: papers are still printed from the one before.
    await write(other, "provision", "Новая редакция: {код}")
    assert "Типовая редакция 1" in (await printed(boss, "provision", "016"))[1]
    assert (await boss.call("PUT", f"{BASE}/provision", {"version": 1, "title": TITLE, "text": TEXT}))[1]["error"] == "outdated"
    assert (await boss.call("POST", f"{BASE}/provision/approve", {"version": 1}))[1]["error"] == "outdated"
    await boss.does("POST", f"{BASE}/provision/approve", {"version": 2})
    assert "Новая редакция: 016" in (await printed(boss, "provision", "016"))[0]
    assert (await boss.does("GET", f"{BASE}/provision/file?centre=016")).startswith(b"%PDF")
    deeds = [(each["what"], each["about"]) for each in await admin.does("GET", "/api/audit") if each["what"].startswith("template")]
    assert deeds == [("template_approved", "provision/2"), ("template", "provision/2"), ("template_approved", "provision/1"), ("template", "provision/1")]
    for path in (BASE, file):
        assert (await anna.call("GET", path))[0] == 403


async def test_the_texts_that_come_with_okno_fit_every_centre(at: People) -> None:
    # GV-06
    boss = await at.clerk(await at.admin(), "supervisor")
    told = await boss.does("GET", BASE)
    assert {each["template"] for each in told["templates"]} == {"provision", "regulation"}
    assert len(told["centres"]) > 2
    shipped = (await versions(boss, "regulation"))[-1]
    made = await write(boss, "regulation", shipped["text"])
    for centre in told["centres"]:
        words, _ = await printed(boss, "regulation", centre["id"], made["version"])
        assert centre["title"] in words
        assert "{" not in words
    assert (await boss.call("PUT", f"{BASE}/regulation", {"version": made["version"], "title": TITLE, "text": "{директор}"}))[1]["error"] == "bad_template"
    assert (await boss.call("GET", f"{BASE}/regulation/file?centre=999&version={made['version']}"))[1]["error"] == "no_such_centre"
    assert (await boss.call("GET", f"{BASE}/regulation/file?centre=016&version=99"))[1]["error"] == "no_such_version"
