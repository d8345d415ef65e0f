"""An outdated fee from an operator's eye to the new one: real mail to the authority and back, and all who have a part in it at their desks."""

import asyncio
import tomllib
from collections.abc import AsyncIterator
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
import tomli_w
from playwright.async_api import Browser, expect

from tests.browser.screens import pictured
from tests.browser.stage import Desk, Stage
from tests.browser.test_handbook import SERVICE, at_the_card
from tests.channels.email.hub import settings as mail_settings
from tests.channels.email.sender import OURS, mail
from tests.channels.email.test_postfix import arrived, body
from tests.house import House, People, house_in, knowledge_alone, people
from tests.peers.dovecot import PASSWORD, Dovecot, dovecot
from tests.peers.postfix import Postfix, postfix

pytestmark = pytest.mark.asyncio(loop_scope="session")

BODY = "migration"
"""Its mailbox at the other end."""
EVIDENCE = "На портале ведомства с понедельника другая сумма"
ANSWER = "С 1 января пошлина 9100 рублей, за ребёнка столько же."


class Post(NamedTuple):
    house: House
    postfix: Postfix


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def post(pages: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Post]:
    folder = tmp_path_factory.mktemp("post")
    with dovecot() as boxes, postfix(BODY, lmtp=boxes.lmtp) as server, house_in(folder, centre(folder, boxes, server)) as house:
        yield Post(house, server)
        assert house.complaints() == []


def centre(folder: Path, boxes: Dovecot, server: Postfix) -> Path:
    """The demonstration's centre with a mailbox of its own, and one for the body that answers for the service."""
    path = knowledge_alone(folder)
    (folder / "password").write_text(PASSWORD)
    (folder / "catalogue").mkdir()
    for file in (files("okno.demo") / "catalogue").iterdir():
        read = tomllib.loads(file.read_text("utf8"))
        for each in read.get("authority", ()):
            if each["id"] == "mvd-migration":
                each.setdefault("contacts", {})["email"] = f"{BODY}@home.example"
        (folder / "catalogue" / file.name).write_text(tomli_w.dumps(read), "utf8")
    box = {"host": "127.0.0.1", "port": boxes.imap, "tls": "none", "user": OURS, "password_file": str(folder / "password")}
    channel = {"driver": "email.mail", "settings": mail_settings(folder, server.smtp, listen=None, mailboxes=[box])}
    config = path.read_text("utf8").replace('catalogue = "demo"', 'catalogue = "catalogue"')
    path.write_text(f"{config}\n{tomli_w.dumps({'channels': [channel]})}", "utf8")
    return path


async def told(crowd: People, question: str) -> str:
    """What the robot says to a citizen."""
    citizen = await crowd.citizen()
    await citizen.line.hear("message", author="bot")
    await citizen.tell(question)
    return str((await citizen.line.hear("message", author="bot"))["text"])


async def listed(desk: Desk) -> None:
    await desk.at("view-handbook").click()
    await desk.at("handbook-outdated").click()


async def test_an_outdated_fee_from_an_operators_eye_to_the_new_one(browser: Browser, post: Post) -> None:
    # KB-05, KB-07, AL-10
    async with people(post.house) as crowd, Stage(browser, post.house) as stage:
        admin = await crowd.admin()
        operator, author, boss = [await crowd.clerk(admin, role) for role in ("operator", "designer", "supervisor")]
        # An operator reads the card, and tells in two clicks what is wrong with it, and how he knows.
        anna = await at_the_card(stage, operator)
        title, old = (await operator.does("GET", f"/api/handbook/service/{SERVICE}"))["title"], "6000"
        await anna.at("doubt-fee").click()
        await anna.at("evidence").fill(EVIDENCE)
        await anna.at("send-doubt").click()
        await expect(anna.at("warning")).to_contain_text("направлено в орган")
        flag = (await operator.does("GET", "/api/outdated"))[0]
        # The body gets it by letter, and its server says so.
        letter = await arrived(post.postfix, BODY, 1)
        assert all(words in " ".join(body(letter).split()) for words in (title, "Стоимость", old, EVIDENCE, flag["case"]))
        # From now on the card warns whoever reads it, or is told of it.
        question = f"Сколько стоит {title.lower()}?"
        page = await (await stage.citizen()).greeted()
        await page.tell(question)
        await expect(page.said("Сведения уточняются")).to_be_visible()
        await pictured(anna, "outdated-warning")

        # What the body writes back stands beside the notice, and the robot does not answer it.
        editor = await stage.signed_in(author.login)
        await listed(editor)
        await expect(editor.at("flag")).to_contain_text("направлено в орган")
        reply = mail(ANSWER, "1@home.example", sender=f"{BODY}@home.example", subject=f"Re: {letter['Subject']}",
                     references=(letter["Message-ID"].strip("<>"),))
        await asyncio.to_thread(post.postfix.give, reply, letter["Reply-To"].addresses[0].addr_spec)
        await expect(editor.at("flag")).to_contain_text("орган ответил")
        await editor.at("flag").click()
        await expect(editor.at("body-reply")).to_contain_text(ANSWER)
        await expect(editor.at("letter")).to_contain_text("доставлено")
        await pictured(editor, "outdated-reply")

        # An editor takes it over, and another one publishes it.
        await editor.at("accept-flag").click()
        await expect(editor.at("answer")).to_have_value(ANSWER)
        await editor.at("field-fee.rubles").fill("9100")
        await editor.at("field-fee.note").fill("")
        await editor.at("save-card").click()
        await editor.at("check-card").click()
        await expect(editor.at("draft")).to_contain_text("ждёт публикации")
        assert "Сведения уточняются" in await told(crowd, question)  # nobody is told the new one before it holds
        leader = await at_the_card(stage, boss)
        await leader.at("publish-card").click()

        # The warning is gone for everybody, the new fee is told, the case has its answer and its time, and who has flagged it knows.
        for desk in (leader, anna):
            await expect(desk.at("warning")).to_have_count(0)
            await expect(desk.at("card-view")).to_contain_text("9 100 ₽")
        said = await told(crowd, question)
        assert "9 100 рублей" in said
        assert "уточняются" not in said
        await answered(operator.does, flag["case"])
        await listed(anna)
        await expect(anna.at("solved")).to_contain_text(title)
        await expect(anna.at("solved")).to_contain_text(ANSWER)
        await pictured(anna, "outdated-solved")
        await anna.at("see-flag").click()
        await expect(anna.at("solved")).to_have_count(0)
        await expect(editor.at("solved")).to_have_count(0)
        await anna.page.reload()
        await expect(anna.at("handbook-outdated")).to_be_visible()
        await expect(anna.at("solved")).to_have_count(0)
        assert len(post.postfix.mailbox(BODY)) == 1


async def answered(does: Any, number: str) -> None:
    found = await does("GET", f"/api/cases/{number}")
    steps = [(step["act"], step["why"]) for step in found["steps"]]
    assert [act for act, _ in steps] == ["register", "send", "answer"]
    assert (found["case"]["state"], found["case"]["due"], steps[-1][1]) == ("answered", None, ANSWER)
    times = [datetime.fromisoformat(step["at"]) for step in found["steps"]]
    assert times == sorted(times)
