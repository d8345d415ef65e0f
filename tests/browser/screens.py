"""Every screen of the desk by its address, as an administrator meets them on a walk; what screens.ts and the tabs know beyond these fails a test."""

import io
import os
import re
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, expect

from tests.browser.stage import Desk

ROOT = Path(__file__).parents[2]
UI = ROOT / "hub/desk/ui/src"
PICTURES = ROOT / "docs/desk"
LARGEST_BYTES = 80_000
SCREENS = {
    **dict.fromkeys([f"inbox/{view}" for view in ("mine", "mentions", "followed", "waiting", "snoozed", "promised", "risk", "done", "held", "recent")], "inbox"),
    "archive": "archive", "cases": "cases", "appointments": "appointments",
    "complaints": "complaints", "complaints/recommendations": "recommendations",
    "floor": "numbers", "floor/alarms": "alarm-log", "floor/wall": "wall", "figures": "figures", "reports": "reports", "reports/service": "periods", "reports/built": "built",
    **dict.fromkeys([f"quality/{tab}" for tab in ("queue", "own", "calibrations", "cards", "coaching")], "quality"),
    "quality/figures": "quality-figures", "quality/plans": "planning",
    "programme": "coverage", "programme/services": "services-since", "programme/effect": "effect-since", "programme/plan": "sheet-plan", "programme/gates": "gates", "programme/funding": "funding", "programme/council": "council", "programme/campaigns": "campaigns", "programme/templates": "templates",
    "overdue": "overdue", "channels": "channel", "sifting": "sifting", "audit": "deed", "surveys": "surveys", "systems": "systems",
    "training": "training", "classes": "classes", "workforce": "workforce", "workforce/contracts": "contracts-month", "shifts": "shifts", "adherence": "adherence",
    **dict.fromkeys([f"handbook/{tab}" for tab in ("services", "authorities", "offices", "outdated")], "handbook"), "handbook/exchange": "exchange", "handbook/coverage": "coverage",
    "articles": "article", "articles/rights": "save-article", "articles/+": "save-article",
    "scripts": "script-row", "topics": "topic", "canned": "canned", "announcements": "announcements",
    "robot/versions": "version", "robot/draft": "upload", "robot/dialogue": "graph", "robot/phrases": "phrase-groups", "robot/statistics": "statistics",
    "notices": "notifications", "demands": "demands", "consents": "consent-text",
    "settings/lines": "line", "settings/hours": "add-calendar", "settings/numbers": "add-number", "settings/forms": "add-citizen_fields", "settings/centres": "centres",
    "settings/versions": "settings", "settings/file": "export",
    "rules": "rules", "connections": "setup-row",
    "registry": "centre-row", "registry/mfcs": "mfc-row", "registry/contracts": "contracts-month", "registry/versions": "registry-version-card",
    "operators": "operator", "operators/roles": "access-roles", "operators/own": "add-role", "password": "change-password", "security": "security",
}
"""And the part of it that shows that it has come."""
LINKED = frozenset({"inbox/away"})
"""Where there is a line to other deployments: test_afar.py comes there."""
SHOWN = """(hash) => location.hash === hash && !document.querySelector('[aria-busy=true], .skeleton')
    && [...document.querySelectorAll('main .tab[aria-current=page]')].every((tab) => hash.startsWith(tab.getAttribute('href')))"""
"""Nothing is on its way any more, and no other tab is shown in its place."""


async def visit(page: Page, screen: str) -> None:
    await page.evaluate("(to) => { location.hash = to; }", f"#/{screen}")
    await expect(page.get_by_test_id(SCREENS[screen]).first).to_be_visible()
    await page.wait_for_function(SHOWN, arg=f"#/{screen}")


def picture_of(screen: str) -> str:
    """Its name in docs/desk by day."""
    return screen.replace("/", "-").replace("+", "new")


def tabs(file: str, found: str) -> list[str]:
    """The names in the list that begins with `found`."""
    text = (UI / file).read_text(encoding="utf8")
    listed = text[text.index(found):].partition("= [")[2].partition("];" if "];" in text else "]")[0].partition("] as const")[0]
    return re.findall(r'name: "(\w+)"', listed) or re.findall(r'"(\w+)"', listed)


def known() -> set[str]:
    """What the desk's own sources say there is, by address."""
    views = re.findall(r'"(\w+)"', (UI / "conversations/views.ts").read_text(encoding="utf8").partition("VIEWS = [")[2].partition("]")[0])
    parted = {
        "robot": tabs("robot/tabs.ts", "const TABS"), "quality": tabs("quality/tabs.ts", "const TABS"),
        "settings": tabs("organisation/SettingsScreen.vue", "const TABS"), "handbook": tabs("knowledge/handbook.ts", "const TABS"), "inbox": views,
    }
    names = set(re.findall(r'^  { name: "(\w+)"', (UI / "shell/screens.ts").read_text(encoding="utf8"), re.MULTILINE))
    return (names - parted.keys()) | {f"{name}/{tab}" for name in parted for tab in parted[name]}


async def draw(page: Page, name: str) -> None:
    """A picture in the folder that OKNO_PICTURES names, for the documentation or to look at: in so few colours that a page of twenty is soon loaded."""
    if folder := os.environ.get("OKNO_PICTURES"):
        seen = Image.open(io.BytesIO(await page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
        seen.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(Path(folder) / f"{name}.png", optimize=True)


async def pictured(desk: Desk, name: str) -> None:
    """By day and by night."""
    if "OKNO_PICTURES" in os.environ:
        for colours in ("light", "dark"):
            await desk.page.emulate_media(color_scheme=colours)
            await draw(desk.page, f"{name}-{colours}")
        await desk.page.emulate_media(color_scheme="light")
