"""A citizen is served: both sides of it beside each other, as the README shows it. OKNO_PICTURES names the folder that gets the picture."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Locator, Page, expect

from tests.browser.stage import Stage
from tests.house import Clerk, People

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME, MOST_BYTES = "served.webp", 700_000
CITIZEN, DESK = {"width": 1180, "height": 900}, {"width": 1180, "height": 760}
GAP, BEHIND = 24, "#e9edf3"
SHOWN_MS, LAST_MS = 1800, 4500
QUESTION, PERSON = "Потерял паспорт, что делать?", "позовите оператора"
ANSWER = "Здравствуйте! Запишу вас на замену паспорта: завтра в 10:30 в МФЦ на Садовой подойдёт?"
THANKS = "Да, спасибо большое!"


class Film:
    """Frames of two windows side by side."""

    def __init__(self, *windows: Page | Locator) -> None:
        self._windows, self.frames = windows, list[Image.Image]()

    async def take(self) -> None:
        shots = [Image.open(io.BytesIO(await each.screenshot(animations="disabled", caret="hide"))).convert("RGB") for each in self._windows]
        height = max(each.height for each in shots)
        frame = Image.new("RGB", (sum(each.width for each in shots) + GAP * (len(shots) + 1), height + 2 * GAP), BEHIND)
        at = GAP
        for each in shots:
            frame.paste(each, (at, GAP + (height - each.height) // 2))
            at += each.width + GAP
        self.frames.append(frame)

    def save(self, path: Path) -> None:
        first, *others = self.frames
        first.save(path, save_all=True, append_images=others, duration=[SHOWN_MS] * len(others) + [LAST_MS], loop=0, quality=60, method=6)


async def test_a_citizen_is_served_from_the_question_to_the_thanks(stage: Stage, crowd: People, admin: Clerk, tmp_path: Path) -> None:
    # CH-04, OP-01
    clerk = await crowd.clerk(admin)
    desk = await stage.signed_in(clerk.login, viewport=DESK, color_scheme="light")
    citizen = await stage.citizen(viewport=CITIZEN, color_scheme="light")
    film = Film(citizen.page.locator("okno-chat"), desk.page)
    await citizen.greeted()
    await desk.become("ready")
    await film.take()
    await citizen.tell(QUESTION)
    await expect(citizen.messages).to_have_count(3)
    await film.take()
    await citizen.tell(PERSON)
    await expect(desk.offer).to_be_visible()
    await film.take()
    await desk.accept()
    await expect(desk.bubble("citizen", QUESTION)).to_be_visible()
    await film.take()
    await desk.words.fill(ANSWER)
    await film.take()
    await desk.at("send").click()
    await expect(citizen.said(ANSWER)).to_be_visible()
    await film.take()
    await citizen.tell(THANKS)
    await expect(desk.bubble("citizen", THANKS)).to_be_visible()
    await film.take()
    path = Path(os.environ.get("OKNO_PICTURES", str(tmp_path))) / NAME
    film.save(path)
    with Image.open(path) as moving:
        assert getattr(moving, "n_frames", 1) == len(film.frames) == 7
    assert path.stat().st_size < MOST_BYTES
