"""The accounts of the centre leave as a table that Russian Excel opens (SE-01)."""

import csv
from io import BytesIO, StringIO
from typing import Any

from openpyxl import load_workbook

from tests.house import Clerk, People

HEADINGS = ["Логин", "Имя", "Роль", "Линии", "Навыки", "Языки", "Подрядчик", "Чатов одновременно", "Письменных одновременно", "Работает"]


async def file(admin: Clerk, form: str) -> Any:
    return await admin.does("GET", f"/api/people/file?form={form}")


async def test_people_in_a_csv(admin: Clerk, at: People) -> None:
    # SE-01
    anna, gone = await at.clerk(admin, "senior"), await at.clerk(admin)
    about = {"name": "=cmd|' /C calc'!A0", "role": "senior", "queues": ["general"], "skills": {}, "languages": ["ru", "tt"]}
    await admin.does("PUT", f"/api/operators/{anna.login}", about | {"limit": {"chats": 3}})
    await admin.does("POST", f"/api/operators/{gone.login}/deactivate", {})
    content = await file(admin, "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == HEADINGS
    of = {row[0]: row for row in rows[1:]}
    assert of[anna.login][1:] == ["'=cmd|' /C calc'!A0", "старший оператор", "general", "", "ru, tt", "", "3", "", "да"]
    assert of[gone.login][-1] == "нет"
    assert "argon2" not in content.decode("utf-8-sig")


async def test_people_in_a_workbook(admin: Clerk, at: People) -> None:
    # SE-01
    anna = await at.clerk(admin)
    about = {"name": "=1+1", "role": "operator", "queues": ["general"], "skills": {}, "languages": ["ru"], "limit": {"written": 7}}
    await admin.does("PUT", f"/api/operators/{anna.login}", about)
    rows = list(load_workbook(BytesIO(await file(admin, "xlsx"))).worksheets[0].iter_rows())
    assert [cell.value for cell in rows[0]] == HEADINGS
    row = next(each for each in rows if each[0].value == anna.login)
    assert (row[1].value, row[1].data_type, row[8].value, row[9].value) == ("=1+1", "s", 7, "да")


async def test_only_administrators_take_it(admin: Clerk, at: People) -> None:
    # SE-01
    for role in ("operator", "senior", "supervisor"):
        status, _ = await (await at.clerk(admin, role)).call("GET", "/api/people/file")
        assert status == 403
