"""Script in whatever people outside write, through every channel's own door, looked at in a real browser (SE-02).

Hostile texts carry the mark `planted`: shown as they were written they are words on the page, and nowhere an element. Besides, no
dialog opens, nothing is asked of another host, and no policy is violated: tests/browser/stage.py watches that.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace
from playwright.async_api import Browser, Dialog, Error, Page, expect

from channels.web.appeal import grouped, new_code
from okno.app import running
from okno.config import ChannelSettings, Listen, load
from tests.browser.stage import Desk, Stage
from tests.channels.email.sender import OURS, mail
from tests.channels.email.test_smtp import Line
from tests.channels.test_web_form import sheet
from tests.channels.test_web_hook import secrets
from tests.house import ADMIN, Clerk, House, People, people
from tests.paper import Papers
from tests.peers import max as max_peer
from tests.peers import telegram
from tests.peers import vk as vk_peer
from tests.peers.partner import send
from tests.peers.ports import free_ports
from tests.peers.post_office import PostOffice
from tests.peers.sms_provider import Provider
from tests.rig import eventually

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CANARY = "https://canary.example"
PAYLOADS = (
    f"<script data-planted>fetch('{CANARY}/script')</script>",
    f"<img data-planted src={CANARY}/img onerror=alert(1)>",
    "<svg data-planted/onload=alert(2)><animate data-planted onbegin=alert(3) attributeName=x dur=1s>",
    '"><b data-planted onmouseover=alert(4)>x</b>', "' autofocus onfocus='alert(5)' data-planted='", "`-alert(6)-`",
    f"<iframe data-planted src=javascript:alert(7)></iframe><object data-planted data={CANARY}/o></object>",
    '<math data-planted><mtext><table><mglyph><style><!--</style><img data-planted title="--&gt;&lt;img src=1 onerror=alert(8)&gt;">',
    '<noscript><p title="</noscript><img data-planted src=x onerror=alert(9)>">',
    "<template data-planted><img src=x></template></textarea></title></style></li><b data-planted>",
    f"<style data-planted>@import '{CANARY}/css'; *{{background:url({CANARY}/bg)}}</style><link data-planted rel=stylesheet href={CANARY}/l>",
    f"<form data-planted action={CANARY}/form><input name=x><button>go</button></form><base data-planted href={CANARY}/>",
    f'<meta data-planted http-equiv=refresh content="0;url={CANARY}/meta">',
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {{constructor.constructor('alert(10)')()}} v-html=\"x\"",
    f"[click](javascript:alert(11)) ![x]({CANARY}/md) <javascript:alert(12)> javascript:alert(13) data:text/html,<script>alert(14)</script>",
    "&lt;img data-planted src=x onerror=alert(15)&gt; &#60;script&#62; %3Cscript%3E \\x3cscript\\x3e \\u003cscript\\u003e",
    "\u202etxt.exe\u202c \u2066gnp.\u2069 \u200b\ufeff\u0000".replace("\0", "\ufffd") + "a\u0301\u0489" * 5 + "\U000e0001",
    "＜script data-planted＞ ‹img› \u2028 \u2029 ]]> --> */ // <!-- <![CDATA[",
)
HOSTILE = "\n".join(PAYLOADS)
NAME = f"<img data-planted src={CANARY}/name onerror=alert(20)>{{{{7*7}}}}"
"""Where there is room for one line only."""
PAGE = f"""<html><head><style>@import '{CANARY}/mailcss'; p {{ background: url({CANARY}/mailbg) }} input[value^=a] {{ background: url({CANARY}/a) }}</style>
<base href={CANARY}/><meta http-equiv=refresh content="0;url={CANARY}/mailmeta"></head><body background={CANARY}/body onload=alert(30)>
<p style="background:url({CANARY}/inline)">letter</p>{HOSTILE}<img srcset="{CANARY}/srcset 1x"><video poster={CANARY}/poster></video>
<a href="javascript:alert(31)" ping={CANARY}/ping>x</a><svg><use href={CANARY}/use></svg></body></html>"""
MARKED = """() => {
    const found = [];
    const look = (root) => {
        for (const each of root.querySelectorAll('*')) {
            if (each.hasAttribute('data-planted')) found.push(each.outerHTML.slice(0, 200));
            if (each.shadowRoot) look(each.shadowRoot);
        }
    };
    look(document);
    return found;
}"""
SCREENS = ("inbox/recent", "inbox/waiting", "inbox/held", "archive", "articles", "announcements", "notices", "robot", "robot/phrases", "robot/versions",
           "figures", "channels", "operators", "audit", "security")


class Watched:
    """A page, and whatever a hostile text has brought about on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: list[str] = []
        page.on("dialog", self._dialog)

    async def _dialog(self, dialog: Dialog) -> None:
        self.found.append(f"a dialog says {dialog.message}")
        await dialog.dismiss()

    async def look(self, where: str) -> None:
        for frame in self.page.frames:
            try:
                self.found += [f"{where}: {each}" for each in await frame.evaluate(MARKED)]
            except Error as error:
                self.found.append(f"{where}: {error}")  # it was led away


class Town:
    """A hub with every door, and hostile texts behind each of them."""

    def __init__(self, house: House, crowd: People, admin: Clerk, stage: Stage) -> None:
        self.house, self.crowd, self.admin, self.stage = house, crowd, admin, stage
        self.code = ""


@pytest_asyncio.fixture(loop_scope="session")
async def town(pages: None, browser: Browser, tmp_path: Path) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        papers = Papers(patch, "voice.paper", "fax.paper")
        folders = {name: tmp_path / name for name in ("max", "vk", "telegram", "hook", "sms", "mail")}
        for folder in folders.values():
            folder.mkdir()
        office = PostOffice()
        stack.callback(office.close)
        await office.open()
        (folders["mail"] / "key").write_text("a secret that signs reply addresses\n")
        (port,) = free_ports(1)
        maxima, vk = max_peer.MaxDouble(), vk_peer.VkDouble()
        for double, folder, token in ((maxima, "max", max_peer.TOKEN), (vk, "vk", vk_peer.TOKEN), (None, "telegram", telegram.TOKEN)):
            (folders[folder] / "token").write_text(token)
            if double is not None:
                await double.start()
                stack.push_async_callback(double.stop)
        api = await stack.enter_async_context(telegram.BotApi().running())
        provider = await stack.enter_async_context(Provider("smsc.ru", folders["sms"]))
        channels = [
            ChannelSettings("web.chat", {}), ChannelSettings("web.form", {}), ChannelSettings("web.rasa", {}),
            ChannelSettings("web.hook", {"url": "http://127.0.0.1:9/", "secrets": secrets(folders["hook"])}),
            ChannelSettings("sms.http", provider.settings),
            ChannelSettings("email.mail", {"domain": "centre.example", "address": OURS, "key_file": str(folders["mail"] / "key"), "mailboxes": [],
                                           "listen": {"host": "127.0.0.1", "port": port},
                                           "relay": {"host": "127.0.0.1", "port": office.port, "tls": "none"}}),
            ChannelSettings("messenger.max", {"token_file": str(folders["max"] / "token"), "api": maxima.base}),
            ChannelSettings("messenger.vk", {"token_file": str(folders["vk"] / "token"), "group": vk_peer.GROUP, "api": f"{vk.base}/method/"}),
            ChannelSettings("messenger.telegram", {"allowed": True, "token_file": str(folders["telegram"] / "token"), "api": api.base}),
            ChannelSettings("voice.paper", {}), ChannelSettings("fax.paper", {})]
        config = replace(load(None, {}), listen=Listen(port=0), data=str(tmp_path / "data"), channels=tuple(channels), limited=False)
        hub = await stack.enter_async_context(running(config))
        house = House(tmp_path)
        house.base, house.password = hub.address, hub.password
        house.listen = hub.address.removeprefix("http://")
        crowd = await stack.enter_async_context(people(house))
        stage = await stack.enter_async_context(Stage(browser, house))
        town = Town(house, crowd, await crowd.admin(), stage)
        await written_inside(town)
        await written_outside(town, folders, provider, port)
        await papers["voice.paper"].writes(NAME, HOSTILE, folded=NAME)
        await papers["fax.paper"].writes("+74951234567", NAME, folded=HOSTILE, files=[(NAME, "application/pdf", b"%PDF-1.4")])
        await maxima.says("m1", HOSTILE)
        await vk.says("1", HOSTILE)
        await telegram.Phone(api, first=NAME, last="\"'>").writes(HOSTILE)
        await arrived(town, 11)
        yield town


async def written_inside(town: Town) -> None:
    """What people of the centre write who mean no good."""
    now = datetime.now(UTC)
    admin, author = town.admin, await town.crowd.clerk(town.admin, "designer")
    written = await author.does("PUT", "/api/announcements/hostile", {
        "version": 0, "text": NAME, "occasion": "greeting", "queues": [], "valid_from": (now - timedelta(hours=1)).isoformat(),
        "valid_until": (now + timedelta(hours=1)).isoformat()})
    await admin.does("POST", "/api/announcements/hostile/approve", {"version": written["version"]})
    await author.does("PUT", "/api/articles/hostile", {
        "title": NAME, "text": HOSTILE, "topic": "other", "questions": ["Что такое сноповязалка?"], "body": NAME,
        "valid_from": "2026-01-01"})
    await admin.does("POST", "/api/operators", {"login": "hostile", "name": NAME, "role": "operator", "queues": ["general"]})


async def written_outside(town: Town, folders: dict[str, Path], provider: Provider, port: int) -> None:
    http, base = town.crowd.http, town.house.base
    citizen = await town.crowd.citizen(name=NAME)
    async with http.post(f"{base}/chat/files?token={citizen.token}", data=b"plain words", headers={"X-File-Name": "%3Cimg data-planted src=x onerror=alert(40)%3E.txt"}) as answer:
        file = (await answer.json())["file"]
    await citizen.line.send(type="say", key="k1", text=HOSTILE, files=[file])
    await citizen.line.hear("stored", key="k1")
    town.code = new_code()
    async with http.post(f"{base}/form", data=sheet(town.code, HOSTILE, ((NAME, b"plain words"),), name=NAME, town=NAME, reply="email", email="a@b.ru")) as answer:
        assert answer.status == 200, await answer.text()
    async with http.post(f"{base}/webhooks/rest/webhook", json={"sender": NAME, "message": HOSTILE}) as answer:
        assert answer.status == 200
    assert (await send(http, f"{base}/hook/messages", "m1", {"from": NAME, "text": HOSTILE, "name": NAME, "thread": NAME}))[0] == 200
    assert (await provider.bring(http, f"{base}/sms/http", "s1", HOSTILE))[0] == 200
    letter = mail(HOSTILE, "hostile@home.example", subject=NAME.replace("\n", " "))
    letter.replace_header("From", f'"{NAME.replace(chr(34), "")}" <maria@home.example>')
    letter.add_alternative(PAGE, subtype="html")
    letter.add_attachment(b"plain words", maintype="text", subtype="plain", filename=NAME)
    line = await Line.to(port)
    await line.answer()
    for said in ("EHLO home.example", "MAIL FROM:<maria@home.example>", f"RCPT TO:<{OURS}>", "DATA"):
        await line.say(said)
    assert (await line.say(*letter.as_string(policy=letter.policy.clone(linesep="\n", cte_type="7bit")).splitlines(), "."))[:3] == "250"
    line.writer.close()


async def arrived(town: Town, count: int) -> None:
    async def there() -> bool:
        return len(await conversations(town)) >= count
    await eventually(there)


async def conversations(town: Town) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await town.admin.does("GET", "/api/inbox?view=recent"))["conversations"]
    return found


async def test_the_desk_shows_what_was_written_as_words(town: Town) -> None:
    admin = town.admin
    rows = await conversations(town)
    assert {row["channel"] for row in rows} == {
        "web.chat", "web.form", "web.rasa", "web.hook", "sms.http", "email.mail", "messenger.max", "messenger.vk", "messenger.telegram", "voice.paper",
        "fax.paper"}
    admin.reason = NAME
    for row in rows:
        await admin.does("GET", f"/api/conversations/{row['id']}")
    desk: Desk = await town.stage.signed_in(ADMIN)
    watched = Watched(desk.page)
    for row in rows:
        await desk.page.evaluate("(id) => { location.hash = `#/inbox/recent/${id}`; }", row["id"])
        shown = NAME if row["channel"] == "fax.paper" else "onbegin=alert(3) attributeName=x"
        await expect(desk.timeline).to_contain_text(shown)
        await expect(desk.timeline).to_contain_text("{{7*7}}")
        if row["channel"] == "email.mail":
            await desk.at("letter").first.click()
            await expect(desk.page.frame_locator("[data-test=letter-page]").get_by_text("letter")).to_be_visible()
        await watched.look(row["channel"])
        await desk.page.keyboard.press("Escape")
    for screen in SCREENS:
        await desk.page.evaluate("(screen) => { location.hash = `#/${screen}`; }", screen)
        await desk.page.wait_for_load_state("networkidle")
        await watched.look(screen)
    await desk.page.evaluate("() => { location.hash = '#/articles/hostile'; }")
    await expect(desk.page.get_by_text("<img data-planted").first).to_be_visible()
    await watched.look("article")
    assert watched.found == []


async def test_the_citizen_s_pages_show_what_was_written_as_words(town: Town) -> None:
    citizen = await town.stage.citizen()
    watched = Watched(citizen.page)
    await citizen.greeted()
    await expect(citizen.said("<img data-planted").first).to_be_visible()  # the announcement
    await citizen.say("Что такое сноповязалка?")
    await expect(citizen.said("onbegin=alert(3)").first).to_be_visible()
    await citizen.say(HOSTILE)
    await expect(citizen.said("onbegin=alert(3)").nth(1)).to_be_visible()
    await watched.look("chat")
    rows = await conversations(town)
    for channel in ("web.chat", "web.form"):
        for row in (each for each in rows if each["channel"] == channel):
            await town.admin.act(row["id"], "take")
            await town.admin.act(row["id"], "reply", {"key": f"r{row['id']}", "text": HOSTILE})
    await watched.look("chat")
    await citizen.page.goto(f"{town.house.base}/form/{grouped(town.code)}")
    await expect(citizen.page.get_by_text("onbegin=alert(3)").first).to_be_visible()
    await watched.look("form")
    assert watched.found == []


@pytest.mark.parametrize("payload", [each for each in PAYLOADS if "<" in each and "data-planted" in each and not each.startswith(("&lt;", "＜", "'"))])
async def test_a_page_that_shows_them_as_html_is_found_out(browser: Browser, payload: str) -> None:
    """The watch itself: on a page that puts texts into HTML each of them is seen."""
    page = await browser.new_page()
    watched = Watched(page)
    await page.route("**/*", lambda route: route.fulfill(body="<!doctype html><p id=there>", content_type="text/html"))
    await page.goto("http://127.0.0.1:9/")
    await page.evaluate("(text) => { document.getElementById('there').innerHTML = text; }", payload)
    await watched.look("vulnerable")
    assert watched.found
    await page.context.close()
