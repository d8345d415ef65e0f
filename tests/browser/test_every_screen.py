"""One walk through every screen of a centre at work, as an administrator: under axe by day and by night, wide and narrow, and into the documentation."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.browser.centre import LINE, QUIET, Centre
from tests.browser.screens import LARGEST_BYTES, LINKED, PICTURES, SCREENS, UI, known, picture_of, visit
from tests.browser.stage import Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.house import ADMIN, Clerk, People
from tests.http.test_alarms import lasting, limits
from tests.rig import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE_SCROLLS = "document.documentElement.scrollHeight > innerHeight || document.documentElement.scrollWidth > innerWidth"
BY_OTHER_NAMES = {"command", "alarm-sound", "copy"}
"""The command bar and the settings of the desk are reached by keys, a one-time password by what has made it."""


async def test_none_is_left_out() -> None:  # GV-14
    missed = {there for there in known() if not any(each == there or each.startswith(f"{there}/") for each in (*SCREENS, *LINKED))}
    assert not missed, "the walk does not come to these"
    assert len(known()) > 40


async def test_no_dialog_is_left_out() -> None:  # GV-14
    """A test that looks with the checker reaches for something that is in it alone, by its name."""
    tests = [file.read_text(encoding="utf8") for file in Path(__file__).parent.rglob("test_*.py")]
    reached = {name for test in tests if "Inspector(" in test for name in re.findall(r'(?:"|data-test=)([\w-]+)', test)}
    texts = {file.stem: file.read_text(encoding="utf8") for file in UI.rglob("*.vue")}
    parts = {name: set(re.findall(r'test="([\w-]+)"', text)) for name, text in texts.items()}
    often = Counter(part for each in parts.values() for part in each)
    own = {name: {part for part in parts[name] if often[part] == 1} for name, text in texts.items() if "<Modal" in text}
    assert not {name for name, its in own.items() if its and not its & (reached | BY_OTHER_NAMES)}


async def test_each_is_in_the_documentation() -> None:  # GV-14
    shown = set(re.findall(r"\]\((\S+\.png)\)", (PICTURES / "README.md").read_text(encoding="utf8")))
    pictures = {f"{picture_of(screen)}{ending}.png" for screen in (*SCREENS, *LINKED) for ending in ("", "-dark")}
    assert pictures <= shown, "make pictures draws them, and README.md shows them"
    files = {file.name: file.stat().st_size for file in PICTURES.glob("*.png")}
    assert shown == files.keys()
    assert max(files.values()) <= LARGEST_BYTES


@pytest.mark.timeout(900)  # on a machine that does much else; a minute on one that is quiet
async def test_each_is_for_everybody(stage: Stage, axe: str, crowd: People, admin: Clerk) -> None:  # GV-14
    centre = Centre(crowd, admin)
    olga = await centre.employee("olga", "Ольга Ветрова", "supervisor")
    ivan = await centre.employee("ivan", "Иван Лугов", "operator")
    for number, talk in enumerate(QUIET):
        await centre.served(olga if number % 2 else ivan, *talk)
    for name, question, detail in LINE:
        await (await centre.in_line(name, question)).tell(detail)
    await limits(admin, waiting=len(LINE) - 1)

    async def alarmed() -> bool:
        return bool(await lasting(admin))
    await eventually(alarmed)
    for alarm in await lasting(admin):  # the bar is looked at by test_alarms.py
        await admin.does("POST", f"/api/floor/alarms/{alarm['id']}/acknowledge", {"word": "Позвала смену из «Документов»"})
    desk = await stage.signed_in(ADMIN, **look("wide"))
    inspector = Inspector(axe, desk.page, *BOTH)
    for screen in SCREENS:
        await visit(desk.page, screen)
        assert not await desk.page.evaluate(PAGE_SCROLLS), f"{screen}: the page scrolls beside its panes"
        await inspector.look(screen, picture_of(screen))
    assert inspector.faults == []
