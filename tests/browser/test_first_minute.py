"""The first minute of somebody who has never seen the desk, with nothing but what is on the screen."""

import pytest

from tests.browser.first_minute import first_minute
from tests.browser.screens import draw
from tests.browser.stage import Stage, newcomer, waiting
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTION, ANSWER = "Сколько ждать справку об отсутствии судимости?", "До 30 дней, обычно 10. Готовность видно на Госуслугах."


async def test_the_first_citizen_is_answered_by_somebody_who_has_never_seen_the_desk(stage: Stage, crowd: People, admin: Clerk) -> None:
    # TR-05, CH-04; how long it takes at a human pace stands in docs/desk/README.md
    password = await newcomer(admin, "novice")
    citizen, = await waiting(crowd, QUESTION)
    page = (await stage.desk(viewport={"width": 1280, "height": 800}, color_scheme="light")).page
    seen: list[str] = []

    async def look(step: str) -> None:
        seen.append(step)
        await draw(page, f"first-minute-{step}")

    await first_minute(page, "novice", password, citizen, QUESTION, ANSWER, look)
    assert len(seen) == 6
