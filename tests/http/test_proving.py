"""From the chat or the form to ЕСИА and back, over HTTP alone: cookies, origins, the level on the desk (ST-02, ST-04, FD-04)."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from channels.web.appeal import new_code
from okno.adapters.esia import RETURN
from tests.channels.test_web_form import sheet
from tests.house import Citizen, House, People, house_in, people
from tests.peers.esia import CLIENT, Esia, Person
from tests.peers.gost import Owner
from tests.peers.ports import free_ports

pytestmark = pytest.mark.peers

SITE = "https://city.example"
CENTRE = """queues = [{{ id = "general", title = "Общая" }}]
topics = [{{ id = "other", title = "Другое" }}]
channels = [{{ driver = "web.chat", settings = {{ origins = ["*", "{site}"] }} }}, {{ driver = "web.form" }}]
[centre]
level = "{level}"
[esia]
address = "{esia}"
client = "{client}"
origin = "{hub}"
certificate_hash = "{hash}"
settings = {{ sign = {sign}, verify = {verify} }}
"""


class Browser:
    """A citizen's, with its cookies."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def sends(self, method: str, path: str, **options: Any) -> tuple[int, str, str]:
        """Status, where it is sent next, and the page."""
        async with self.http.request(method, path if "://" in path else self.base + path, allow_redirects=False, **options) as answer:
            return answer.status, answer.headers.get("Location", ""), await answer.text()

    async def verify(self, path: str, form: dict[str, str], origin: str = "") -> int:
        """From his page to the one that says what will be asked."""
        status, where, _ = await self.sends("POST", path, data=form, headers={"Origin": origin or self.base})
        assert (status, where) in {(303, "/verify"), (status, "")}
        return status

    async def proves(self, *, named: bool = False) -> str:
        """On to ЕСИА and back: what came of it."""
        _, esia, page = await self.sends("GET", "/verify/begin" + ("?name=yes" if named else ""))
        if esia:
            _, back, _ = await self.sends("GET", esia)
            _, _, page = await self.sends("GET", back)
        return re.findall(r'data-outcome="(\w+)"', page)[0]


class Place:
    def __init__(self, stack: AsyncExitStack, house: House, present: People, esia: Esia) -> None:
        self._stack, self.house, self.present, self.esia = stack, house, present, esia

    async def browser(self) -> Browser:
        browser = Browser(self.house.base)
        self._stack.push_async_callback(browser.http.close)
        return browser

    async def chat(self) -> Citizen:
        return await self.present.citizen()


@asynccontextmanager
async def place_of(folder: Path, level: str, limits: str = "off") -> AsyncIterator[Place]:
    (port,) = free_ports(1)
    hub = f"http://127.0.0.1:{port}"
    owner, centre = Owner(folder / "gost", "esia"), Owner(folder / "gost", "centre")
    esia = Esia(owner, centre, hub + RETURN)
    await esia.start()
    sign, verify = centre.commands("v2", owner.public)
    config = folder / "okno.toml"
    config.write_text(CENTRE.format(site=SITE, level=level, esia=esia.base, client=CLIENT, hub=hub, hash=centre.fingerprint, sign=sign, verify=verify),
                      encoding="utf8")
    with house_in(folder, config, {"OKNO_LISTEN": f"127.0.0.1:{port}", "OKNO_LIMITS": limits}) as house:
        async with people(house) as present, AsyncExitStack() as stack:
            stack.push_async_callback(esia.stop)
            yield Place(stack, house, present, esia)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with place_of(tmp_path, "regional") as place:
        yield place


@pytest.mark.smoke
async def test_a_chat_is_proved_and_the_desk_shows_it(place: Place) -> None:
    # ST-04, CH-16
    citizen, browser = await place.chat(), await place.browser()
    assert "provable" not in await citizen.line.hear("state")
    await citizen.tell("позовите оператора")
    state = await citizen.line.hear("state", holder="queue")
    assert state["provable"]
    assert await browser.verify("/chat/verify", {"token": citizen.token}) == 303
    _, _, page = await browser.sends("GET", "/verify")
    assert state["number"] in page
    assert await browser.proves(named=True) == "done"
    while "provable" in await citizen.line.hear("state"):
        pass  # of the line, which moves meanwhile
    admin = await place.present.admin()
    clerk = await place.present.clerk(admin)
    row = (await clerk.does("GET", "/api/inbox?view=waiting"))["conversations"][0]
    assert (row["name"], row["verification"]["level"], row["verification"]["may_tell"]) == (
        "Волкова Анна Петровна", "account", ["general", "contacts", "status", "personal"])
    taken = await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    assert [(each["text"], each["why"]) for each in taken["entries"] if each["kind"] == "verified"] == [("account", "account")]
    identity = await clerk.does("GET", f"/api/conversations/{citizen.conversation}/identity")
    assert [(each["channel"], each["value"], each["how"]) for each in identity["addresses"] if not each["own"]] == [("esia", "", "account")]
    assert not [line for line in place.house.log.read_text("utf8").splitlines() if "Волкова" in line or str(Person(0).first) in line]


async def test_a_form_is_proved_and_is_come_back_to(place: Place) -> None:
    # ST-04
    browser, code = await place.browser(), new_code()
    await browser.sends("POST", "/form", data=sheet(code, "Где мой паспорт?"))
    _, _, page = await browser.sends("GET", f"/form/{code}")
    assert f'action="/form/{"-".join(code[at:at + 5] for at in range(0, 20, 5))}/verify"' in page
    assert await browser.verify(f"/form/{code}/verify", {}) == 303
    _, esia, _ = await browser.sends("GET", "/verify/begin")
    _, back, _ = await browser.sends("GET", esia)
    _, _, page = await browser.sends("GET", back)
    (here,) = re.findall(r'href="(/form/[^"]+)" data-test="back"', page)
    _, _, page = await browser.sends("GET", here)
    assert "Личность подтверждена через Госуслуги до" in page
    # A second look at the way back is nothing new.
    _, _, page = await browser.sends("GET", back)
    assert 'data-outcome="over"' in page


async def test_nobody_is_lured_into_proving_for_another(place: Place) -> None:
    # SE-01: who has a token of his own, or another's page, sends nobody's browser there
    citizen, victim = await place.chat(), await place.browser()
    form = {"token": citizen.token}
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        assert await victim.verify("/chat/verify", form, origin) == 403
    assert (await victim.sends("POST", "/chat/verify", data=form))[0] == 403
    assert (await victim.sends("GET", "/chat/verify"))[0] == 404
    assert await victim.proves() == "over"
    assert await victim.verify("/chat/verify", {"token": "x"}) == 404
    assert await victim.verify("/chat/verify", form, SITE) == 303
    # The way back of one browser is worth nothing in another.
    _, esia, _ = await victim.sends("GET", "/verify/begin")
    _, back, _ = await victim.sends("GET", esia)
    other = await place.browser()
    await other.verify("/chat/verify", form)
    for _ in range(2):
        _, _, page = await other.sends("GET", back)
        assert 'data-outcome="over"' in page
    await other.verify("/chat/verify", form)
    await other.sends("GET", "/verify/begin")
    _, _, page = await other.sends("GET", back)
    assert 'data-outcome="failed"' in page
    code = new_code()
    await other.sends("POST", "/form", data=sheet(code, "Вопрос"))
    assert await victim.verify(f"/form/{code}/verify", {}, "https://evil.example") == 403
    assert (await victim.sends("POST", f"/form/{code}/verify"))[0] == 404


async def test_three_refusals_lock_and_advise(place: Place) -> None:
    # ST-04
    citizen, browser = await place.chat(), await place.browser()
    place.esia.person = None
    for expected in ("denied", "denied", "denied", "locked"):
        await browser.verify("/chat/verify", {"token": citizen.token})
        assert await browser.proves() == expected
    admin = await place.present.admin()
    audit_entries = await admin.does("GET", "/api/audit")
    assert [audit_entry["detail"] for audit_entry in audit_entries if audit_entry["what"] == "verify_failed"] == ["denied, locked", "denied", "denied"]


async def test_one_conversation_does_not_keep_the_signer_busy(tmp_path: Path) -> None:
    # SE-01
    async with place_of(tmp_path, "regional", "on") as place:
        citizen, browser = await place.chat(), await place.browser()
        await browser.verify("/chat/verify", {"token": citizen.token})
        assert [(await browser.sends("GET", "/verify/begin"))[0] for _ in range(6)] == [302] * 5 + [403]


async def test_a_check_signs_something(place: Place) -> None:
    # SE-01
    assert "✓ esia: command signs, 64 bytes" in place.house.run("check").stdout


async def test_the_federal_centre_offers_nothing(tmp_path: Path) -> None:
    # FD-04
    async with place_of(tmp_path, "federal") as place:
        citizen, browser = await place.chat(), await place.browser()
        assert "provable" not in await citizen.line.hear("state")
        assert await browser.verify("/chat/verify", {"token": citizen.token}) == 404
        code = new_code()
        await browser.sends("POST", "/form", data=sheet(code, "Вопрос"))
        assert "/verify" not in (await browser.sends("GET", f"/form/{code}"))[2]
        assert await browser.verify(f"/form/{code}/verify", {}) == 404
        assert place.esia.asked == []


async def test_a_case_that_does_not_exist_and_one_of_somebody_else_are_told_alike(place: Place) -> None:
    # ST-02
    browser, code = await place.browser(), new_code()
    await browser.sends("POST", "/form", data=sheet(code, "Вопрос"))
    number = re.findall(r'data-test="number">([^<]+)<', (await browser.sends("GET", f"/form/{code}"))[2])[0]
    told: set[tuple[int, str]] = set()
    for asked in (number, "000-000000-00000-0"):
        form = aiohttp.FormData({"number": asked, "code": new_code()}, default_to_multipart=True)
        status, _, page = await browser.sends("POST", "/form/look", data=form)
        told.add((status, page.replace(asked, "")))
    assert [status for status, _ in told] == [404]
