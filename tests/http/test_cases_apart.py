"""Cases between centres of one hub: the federal one takes and passes on, and sees nothing of what becomes of them (FD-04, D19)."""

from pathlib import Path
from typing import Any

import aiohttp

from hub.access.operator import Role
from hub.cases.case import Case
from tests.matrix import Account, hub_in

FEDERAL, REGIONAL, CITY = (Account(Role.SUPERVISOR, level, "") for level in "ФРМ")
DRAFT = {"key": "k", "kind": "complaint", "topic": "other", "text": "Секретный текст жалобы", "matter": {"deviation": "не приняли"}}


async def asked(http: aiohttp.ClientSession, method: str, path: str, body: object = None) -> tuple[int, Any]:
    async with http.request(method, path, json=body) as answer:
        return answer.status, await answer.json()


async def test_the_federal_centre_takes_and_passes_on(tmp_path: Path) -> None:
    # D19, FD-04, CM-09, SE-05
    async with hub_in(tmp_path) as hub, hub.desk(FEDERAL) as federal, hub.desk(REGIONAL) as regional, hub.desk(CITY) as city:
        here = f"/api/conversations/{hub.waiting['Ф']}"
        await asked(federal, "POST", f"{here}/take")
        status, made = await asked(federal, "POST", f"{here}/cases", DRAFT)
        assert status == 200, made
        number = made["case"]["number"]
        assert (made["case"]["state"], made["case"]["topic"], made["code"]) == (None, "", "")
        for method, path, body in (
            ("GET", "/api/cases?view=all", None), ("GET", "/api/cases/terms", None), ("GET", f"/api/cases/{number}", None),
            ("POST", f"/api/cases/{number}/steps", {"act": "take"}), ("POST", f"/api/cases/{number}/code", {}),
            ("PUT", f"/api/cases/{number}/topic", {"topic": "other"}), ("PUT", f"/api/cases/{number}/series", {"series": ""}),
            ("POST", f"{here}/similar", {"topic": "other", "text": "x"}), ("PUT", f"{here}/cases/{number}", {"attached": True}),
        ):
            status, refusal = await asked(federal, method, path, body)
            assert (status, refusal["error"]) == (403, "federal"), path
        assert (await asked(regional, "GET", f"/api/cases/{number}"))[1]["error"] == "no_such_case"
        assert (await asked(federal, "POST", f"{here}/cases/{number}/pass", {"to": "country"}))[1]["error"] == "no_such_queue"
        status, passed = await asked(federal, "POST", f"{here}/cases/{number}/pass", {"to": "region", "why": "по месту услуги"})
        assert (status, passed["home"], passed["state"]) == (200, "region", None)
        assert (await asked(federal, "POST", f"{here}/cases/{number}/pass", {"to": "city"}))[1]["error"] == "no_such_case"  # it is not its own any more

        status, whole = await asked(regional, "GET", f"/api/cases/{number}")
        assert (status, whole["text"], whole["matter"]["deviation"]) == (200, "Секретный текст жалобы", "не приняли")
        assert (await asked(city, "GET", f"/api/cases/{number}"))[1]["error"] == "no_such_case"
        await asked(regional, "POST", f"/api/cases/{number}/steps", {"act": "take"})
        status, _ = await asked(regional, "POST", f"/api/cases/{number}/steps", {"act": "answer", "why": "Личный ответ"})
        assert status == 200
        seen = str(await asked(federal, "GET", f"{here}"))
        assert "Личный ответ" not in seen
        assert f"№ {number} передано" in seen
        listed = str(await asked(federal, "GET", f"{here}/cases"))
        assert number in listed
        assert "Секретный" not in listed
        kept = await hub.store.get(Case, number)
        assert kept is not None
        assert kept.told == len(kept.steps)
