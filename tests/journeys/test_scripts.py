"""A complaint led by its script from the first word to its number, through a power cut in the middle; the leader's figures of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.house import Clerk, house_in, knowledge_alone, people, talking


async def answered(clerk: Clerk, path: str, walk: dict[str, Any], *digits: int) -> dict[str, Any]:
    """The walk after these answers."""
    for digit in digits:
        walk = await clerk.does("POST", f"{path}/{walk['key']}", {"seen": len(walk["moves"]), "move": "on", "answer": digit})
    return walk


@pytest.mark.smoke
async def test_a_complaint_is_led_to_its_number_through_a_power_cut(tmp_path: Path) -> None:
    # KB-01, AL-06, AL-07, CM-01
    with house_in(tmp_path, knowledge_alone(tmp_path)) as house:
        async with people(house) as at:
            admin = await at.admin()
            anna, boss = await at.clerk(admin), await at.clerk(admin, "supervisor")
            citizen = await talking(at, anna)
            here = f"/api/conversations/{citizen.conversation}"
            begun = await anna.does("POST", f"{here}/walks", {"key": "w1", "script": "complaint"})
            walk = await answered(anna, f"{here}/walks", begun, 0, 1)  # he tells, and nobody is in danger
            assert walk["step"] == "route"
            house.kill()
            house.start()

            assert await anna.does("GET", f"{here}/walks") == [walk]  # what was acknowledged is there
            assert (await anna.act(citizen.conversation, "close", {"topic": "complaints"}))[1]["error"] == "steps_ahead"
            walk = await answered(anna, f"{here}/walks", walk, 0, 0, 1)  # where to complain, his rights, and it is taken here
            assert walk["step"] == "write"
            draft = {"key": "c1", "kind": "complaint", "topic": "complaints", "text": "Отказались принять документы", "read_back": True}
            made = await anna.does("POST", f"{here}/cases", draft)
            assert made["case"]["kind"] == "complaint"
            walk = await answered(anna, f"{here}/walks", walk, 0, 1, 0, 1)
            assert (walk["step"], walk["ahead"]) == ("end", [])
            assert (await anna.act(citizen.conversation, "close", {"topic": "complaints"}))[0] == 200

            passed = [move["step"] for move in walk["moves"]]
            assert passed == ["listen", "danger", "route", "rights", "take", "write", "read-back", "number", "more"]
            today = datetime.now(UTC).date()
            period = f"since={today - timedelta(days=1)}&until={today + timedelta(days=1)}"
            figures = (await boss.does("GET", f"/api/script-figures?{period}"))["scripts"]
            assert [(each["script"], each["begun"], each["finished"], each["missed"]) for each in figures] == [("complaint", 1, 1, 0)]
