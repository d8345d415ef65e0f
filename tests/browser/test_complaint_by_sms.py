"""A complaint by SMS to its recommendation: a real SMSC, a real mail server, a whole hub, and its people at their desks in a browser."""

import asyncio
import re
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import docx
import pypdfium2  # type: ignore[import-untyped]  # it is annotated and does not say so
import pytest
import pytest_asyncio
import tomli_w
from playwright.async_api import Browser, expect

from tests.browser.stage import Desk, Stage
from tests.browser.test_accessibility import Inspector, look
from tests.channels.email.hub import settings as mail_settings
from tests.channels.email.test_postfix import arrived, body
from tests.channels.sms.phone import FROM_CITIZEN, joined, smsc_settings, ucs2
from tests.house import Clerk, House, house_in, people
from tests.peers.postfix import Postfix, postfix
from tests.peers.smsc import Event, Peer, node_smsc
from tests.rig import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

CITIZEN, ANOTHER = "+79161234567", "+79167654321"
WORDS = "В отделе на Садовой не приняли документы, требуют справку, которой нет в перечне"
BODIES = """
[[authority]]
id = "town"
name = "Отдел по вопросам миграции города"
branch = "executive"
superior = "region"
official = { post = "Начальник отдела" }
[[authority]]
id = "region"
name = "Управление по вопросам миграции области"
branch = "executive"
superior = "ministry"
controlled_by = ["prosecutor"]
official = { post = "Начальник управления" }
contacts = { email = "region@home.example" }
[[authority]]
id = "ministry"
name = "Министерство"
branch = "executive"
controlled_by = ["prosecutor"]
official = { post = "Министр" }
contacts = { email = "gone@home.example" }
[[authority]]
id = "prosecutor"
name = "Прокуратура"
branch = "oversight"
official = { post = "Прокурор" }
"""


class Town(NamedTuple):
    house: House
    smsc: Peer
    post: Postfix

    async def writes(self, number: str, text: str) -> None:
        """A citizen sends an SMS."""
        self.smsc.tell("deliver", key=text, pdu=FROM_CITIZEN | ucs2(text) | {"source_addr": number[1:]})
        await self.smsc.hear("answer", key=text, status=0)

    async def hears(self, text: str) -> str:
        """A telephone shows an SMS that says it."""
        submits: list[Event] = []
        while not (found := [each for each in joined(submits) if text in each]):
            submits.append(await self.smsc.hear("submit"))
        return found[-1]

    async def asks(self, number: str, text: str) -> None:
        """Somebody tells by SMS what is wrong, and wants a person."""
        await self.writes(number, text)
        await self.writes(number, "оператор")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    (folder / "bodies.toml").write_text(BODIES, encoding="utf8")
    async with node_smsc() as smsc:
        with postfix("region") as post:
            config = centre(folder, smsc.port, post)
            with house_in(folder, config) as house:
                await smsc.hear("bound")
                yield Town(house, smsc, post)
                assert house.complaints() == []


def centre(folder: Path, smsc: int, post: Postfix) -> Path:
    path = folder / "okno.toml"
    path.write_text(tomli_w.dumps({
        "centre": {"code": "001", "name": "Контакт-центр", "level": "municipal"}, "catalogue": "bodies.toml",
        "queues": [{"id": "general", "title": "Общие"}], "topics": [{"id": "documents", "title": "Документы"}],
        "routing": {"queue": "general"},
        "channels": [
            {"driver": "sms.smpp", "settings": {"smscs": [smsc_settings(folder, smsc)]}},
            {"driver": "email.mail", "settings": mail_settings(folder, post.smtp, listen={"port": post.hub}, mailboxes=[])}],
    }), encoding="utf8")
    return path


async def goes(desk: Desk, to: str) -> None:
    await desk.page.evaluate("(to) => { location.hash = to; }", f"#/{to}")


async def test_a_complaint_by_sms_to_its_recommendation(browser: Browser, axe: str, town: Town) -> None:
    # CM-01, CM-02, CM-03, CM-04, CM-06, CM-07
    async with people(town.house) as crowd, Stage(browser, town.house) as stage:
        admin = await crowd.admin()
        operator, author, boss = [await crowd.clerk(admin, role) for role in ("operator", "supervisor", "supervisor")]
        desk = await stage.signed_in(operator.login, **look("wide"))
        await town.asks(CITIZEN, WORDS)
        await desk.become("ready")
        await desk.accept()
        await expect(desk.timeline).to_contain_text(WORDS)
        number = await registered(desk, town)
        assert number in await town.hears(number)
        await proven(desk, axe, town)

        await sent_up(desk, town, number)
        await desk.at("pass-answer").press("Enter")
        await desk.at("step-why").fill("Документы приняли, справка не нужна")
        await desk.at("step-go").click()
        await expect(desk.at("case-state")).to_have_text("Дан ответ")
        await town.hears("Документы приняли, справка не нужна")

        leader, other = await stage.signed_in(author.login), await stage.signed_in(boss.login)
        id_ = await recommended(leader, other)
        await printed(leader, author, id_, number)


async def registered(desk: Desk, town: Town) -> str:
    """Beside its conversation, with what was stated; its number."""
    await desk.at("register-case").click()
    await desk.at("kind-complaint").check()
    await desk.at("identified").check()
    await desk.at("shown").fill("паспорт")
    await desk.at("case-topic").select_option("documents")
    await desk.at("case-text").fill(WORDS)
    await desk.page.get_by_text("Услуга, орган власти, что нарушено").click()
    await desk.at("case-authority").fill("Отдел по вопросам миграции города")
    await desk.at("case-breach").select_option("extra_papers")
    await desk.at("confirm-register").click()
    await expect(desk.at("case-beside")).to_contain_text("Зарегистрировано")
    return await desk.at("case-beside").get_attribute("data-id") or ""


async def proven(desk: Desk, axe: str, town: Town) -> None:
    """Before he is told what is kept of him he says the code that his telephone shows (SE-03)."""
    inspector = Inspector(axe, desk.page)
    await desk.at("prove").click()
    await inspector.look("prove")
    await desk.at("prove-send").click()
    code = re.findall(r"\b\d{6}\b", await town.hears("Код подтверждения"))[0]
    await desk.at("prove-code").fill(code)
    await inspector.look("prove by a code")
    await desk.at("prove-confirm").click()
    await expect(desk.at("prove")).to_have_count(0)
    assert not inspector.faults


async def sent_up(desk: Desk, town: Town, number: str) -> None:
    """To the one above, by mail; that it has come is told by the mail server, and shown without a refresh."""
    await desk.at("case-beside").locator("a").click()
    await desk.at("act-take").click()
    await desk.at("act-send").click()
    await expect(desk.at("refer-to")).to_have_value("region")
    offered = await desk.at("refer-to").locator("option").evaluate_all("(all) => all.map(({value}) => value)")
    assert [each for each in offered if each] == ["region", "ministry"]
    await desk.at("refer-go").click()
    assert "передано: Управление по вопросам миграции области" in await town.hears(f"№ {number} передано")
    await expect(desk.at("case-step").last).to_contain_text("→ Управление по вопросам миграции области")
    letter = " ".join(body(await arrived(town.post, "region", 1)).split())
    assert all(said in letter for said in (number, WORDS, "Отдел по вопросам миграции города", "потребованы лишние документы"))
    assert CITIZEN[1:] not in letter
    await expect(desk.at("referral-state")).to_have_text("Получено")
    await expect(desk.at("receipt")).to_contain_text("принято почтовым сервером адресата")


async def recommended(leader: Desk, other: Desk) -> str:
    """Drafted out of what the complaints show, and approved by another; its number."""
    await goes(leader, "complaints")
    await expect(leader.at("tile-complaints")).to_contain_text("1")
    await leader.at("count-breach").get_by_test_id("narrow").click()
    await leader.at("draft").click()
    await leader.at("advice-title").fill("Не требовать справок сверх перечня")
    await leader.at("advice-addressee").select_option("region")
    await leader.at("advice-cause").fill("В отделе висит старый перечень")
    await leader.at("advice-proposal").fill("Заменить перечень и проверить все отделы")
    await leader.at("advice-save").click()
    await expect(leader.at("numbers")).to_contain_text("1 жалоба")
    id_ = await leader.at("recommendation").get_attribute("data-id") or ""
    await goes(other, f"complaints/recommendations/{id_}")
    await other.at("move-approved").click()
    await expect(leader.at("fate")).to_have_text("Утверждена")
    return id_


async def printed(leader: Desk, author: Clerk, id_: str, number: str) -> None:
    """Both documents say what the reports say."""
    contents = {}
    for form in ("docx", "pdf"):
        async with leader.page.expect_download() as saved:
            await leader.at(f"file-{form}").click()
        contents[form] = await asyncio.to_thread((await (await saved.value).path()).read_bytes)
    document = docx.Document(BytesIO(contents["docx"]))
    rows = [tuple(cell.text for cell in row.cells) for table in document.tables for row in table.rows]
    pages = pypdfium2.PdfDocument(contents["pdf"])
    text = " ".join(" ".join(page.get_textpage().get_text_range() for page in pages).split())
    day = (await author.does("GET", f"/api/recommendations/{id_}"))["selection"]
    for by in ("breach", "authority"):
        report = await author.does("GET", f"/api/case-reports?since={day['since']}&until={day['until']}&by={by}")
        (told,) = report["rows"]
        name = report["titles"][told["key"]] if by == "breach" else "Отдел по вопросам миграции города"
        assert (name, str(told["registered"]), str(told["late"])) in rows
        assert f"{name} {told['registered']} {told['late']}" in text
    for said in (id_, "Не требовать справок сверх перечня", "Управление по вопросам миграции области", "Утверждена".lower()):
        assert said.lower() in text.lower()
    assert number in re.sub(r"[\ufffe\u00ad]\s?", "-", text)


async def test_a_letter_that_comes_back_is_told_to_the_leaders(town: Town) -> None:
    # CM-03: real mail; a bounce escalates, and by hand it goes all the same
    async with people(town.house) as crowd:
        admin = await crowd.admin()
        boss = await crowd.clerk(admin, "supervisor")
        live = await boss.live()
        await live.hear("hello")
        await town.asks(ANOTHER, "Управление области не отвечает на мои письма")
        conversation = await in_line(boss, ANOTHER)
        await boss.does("POST", f"/api/conversations/{conversation}/take")
        draft = {"key": "k", "kind": "complaint", "topic": "documents", "text": "Не отвечают", "shown": "паспорт", "matter": {"authority": "region"}}
        number = (await boss.does("POST", f"/api/conversations/{conversation}/cases", draft))["case"]["number"]
        await boss.does("POST", f"/api/cases/{number}/steps", {"act": "take"})
        await boss.does("POST", f"/api/cases/{number}/referrals", {"to": "ministry"})
        alarm = await live.hear("referral_alarm")
        assert (alarm["case"], alarm["authority"], alarm["state"]) == (number, "ministry", "failed")
        found = await boss.does("GET", f"/api/cases/{number}/referrals")
        assert [(each["way"], each["state"]) for each in found["referrals"]] == [("email", "failed")]
        assert "такого адреса нет" in found["referrals"][0]["why"]
        assert found["next"]["id"] == "prosecutor"
        await boss.does("POST", f"/api/cases/{number}/referrals", {"to": "ministry", "by_hand": True})
        await boss.does("POST", f"/api/cases/{number}/referrals/2/receipt", {"receipt": "вх. 17/26"})
        second = (await boss.does("GET", f"/api/cases/{number}/referrals"))["referrals"][1]
        assert (second["way"], second["state"], second["receipt"]) == ("hand", "received", "вх. 17/26")
        await live.close()


async def in_line(clerk: Clerk, number: str) -> str:
    found: list[Any] = []

    async def there() -> bool:
        waiting = (await clerk.does("GET", "/api/inbox?view=waiting"))["conversations"]
        found[:] = [each["id"] for each in waiting if each["address"] == number]
        return bool(found)
    await eventually(there)
    return str(found[0])
