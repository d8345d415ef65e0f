"""From nothing to a working centre at the desk alone: `okno init`, then people, mail and SMS by the screen, with real servers at their far ends."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
import pytest_asyncio
from imapclient import IMAPClient
from playwright.async_api import Browser, Locator, expect

from tests.browser.stage import Desk, Stage
from tests.browser.test_accessibility import BOTH, Inspector, look
from tests.channels.email.sender import OURS
from tests.channels.line import PATIENCE_S
from tests.channels.sms.phone import FROM_CITIZEN, joined, ucs2
from tests.house import ADMIN, OKNO, PASSWORD, house_in
from tests.monitoring.test_desk_channels import Far
from tests.peers import dovecot as imap
from tests.peers.dovecot import dovecot
from tests.peers.postfix import postfix
from tests.peers.smsc import Event, node_smsc
from tests.rig import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

CITIZEN = "maria@centre.example"
QUESTION, ANSWER = "Позовите оператора: где получить справку о составе семьи?", "В любом МФЦ, возьмите паспорт."


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def empty(pages: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Far]:
    """A hub as `okno init` leaves it, but that its channels may reach this machine."""
    folder = tmp_path_factory.mktemp("empty")
    subprocess.run([OKNO, "init", str(folder), "--yes"], check=True, capture_output=True, timeout=PATIENCE_S)
    path = folder / "centre.toml"
    path.write_text(path.read_text("utf8") + '\n[desk]\nchannel_networks = ["127.0.0.0/8"]\n', "utf8")
    async with node_smsc() as smsc:
        with dovecot() as boxes, postfix(lmtp=boxes.lmtp) as post, house_in(folder, path, {"OKNO_DATA": str(folder / "var")}) as house:
            yield Far(house, boxes, post, smsc)
            assert house.complaints() == []


async def test_mail_and_sms_are_set_up_at_the_desk_alone(browser: Browser, axe: str, empty: Far) -> None:
    # CH-05, SE-01
    async with Stage(browser, empty.house) as stage:
        admin = await stage.desk(**look("wide"))
        await admin.sign_in(ADMIN, empty.house.password)
        await admin.change_password(empty.house.password, PASSWORD)
        operator = await stage.desk()
        await operator.sign_in("anna", one_time := await colleague(admin))
        await operator.change_password(one_time, PASSWORD)
        inspector = Inspector(axe, admin.page, *BOTH)

        await admin.page.evaluate("() => { location.hash = '#/connections'; }")
        await admin.choose("setup-row", "email.mail")
        await inspector.look("mail that is not set up", "connections-mail")
        await mail(admin, empty)
        await admin.at("setup-on").click()
        await expect(state(admin, "email.mail")).to_have_text("включён")
        await expect(admin.at("setup-change")).to_have_count(2)
        await asyncio.to_thread(writes, empty)
        await operator.become("ready")
        await answered(operator, QUESTION)
        await eventually(lambda: asyncio.to_thread(there, empty))

        await admin.choose("setup-row", "sms.smpp")
        await sms(admin, empty)
        await empty.smsc.hear("bound")  # by the check
        await inspector.look("SMS that were tried", "connections-sms")
        await admin.at("setup-on").click()
        await expect(state(admin, "sms.smpp")).to_have_text("включён")
        await empty.smsc.hear("bound")
        empty.smsc.tell("deliver", key="1", pdu=FROM_CITIZEN | ucs2("оператор"))
        await empty.smsc.hear("answer", key="1", status=0)
        await answered(operator, "оператор")
        said = list[Event]()
        while not any(ANSWER in each for each in joined(said)):
            said.append(await empty.smsc.hear("submit"))

        await admin.choose("setup-row", "email.mail")
        await admin.at("setup-off").click()
        await admin.at("confirm").click()
        await expect(state(admin, "email.mail")).to_have_text("выключен")
        assert inspector.faults == []


async def colleague(admin: Desk) -> str:
    """The one-time password of a new operator."""
    await admin.page.evaluate("() => { location.hash = '#/operators'; }")
    await admin.at("add-operator").click()
    await admin.at("operator-name").fill("Анна Реброва")
    await admin.at("operator-login").fill("anna")
    await admin.at("save-operator").click()
    password = await admin.at("one-time-password").input_value()
    await admin.at("one-time-done").click()
    return password


async def mail(admin: Desk, far: Far) -> None:
    """First with a wrong password: what is wrong is told, and nothing is saved."""
    fields = {"domain": "centre.example", "address": OURS, "relay-host": "127.0.0.1", "relay-port": str(far.post.smtp),
              "mailboxes-0-host": "127.0.0.1", "mailboxes-0-user": OURS, "mailboxes-0-port": str(far.boxes.imap),
              "mailboxes-0-password_file": "wrong"}
    for name, value in fields.items():
        await admin.at(f"setup-{name}").fill(value)
    for name in ("relay-tls", "mailboxes-0-tls"):
        await admin.at(f"setup-{name}").select_option("none")
    await admin.at("setup-try").click()
    await expect(admin.at("trial-over")).to_have_text("Есть неисправности")
    await expect(admin.at("trial-finding").nth(1)).to_contain_text("Что делать")
    await admin.at("setup-mailboxes-0-password_file").fill(imap.PASSWORD)
    await admin.at("setup-try").click()
    await expect(admin.at("trial-over")).to_have_text("Работает, есть замечания")
    await admin.at("setup-save").click()
    await expect(state(admin, "email.mail")).to_have_text("выключен")
    await expect(admin.at("setup-mailboxes-0-password_file")).to_contain_text("Записан")
    assert imap.PASSWORD not in await admin.page.content()


async def sms(admin: Desk, far: Far) -> None:
    fields = {"name": "main", "host": "127.0.0.1", "port": str(far.smsc.port), "system_id": "okno", "source": "7788", "password_file": "secret"}
    for name, value in fields.items():
        await admin.at(f"setup-smscs-0-{name}").fill(value)
    await admin.at("setup-try").click()
    await expect(admin.at("trial-over")).to_have_text("Всё работает")
    await admin.at("setup-save").click()
    await expect(state(admin, "sms.smpp")).to_have_text("выключен")


def state(admin: Desk, driver: str) -> Locator:
    return admin.page.locator(f"[data-test=setup-row][data-id='{driver}']").get_by_test_id("setup-state")


async def answered(operator: Desk, question: str) -> None:
    await operator.accept()
    await expect(operator.timeline).to_contain_text(question)
    await operator.send(ANSWER)
    await expect(operator.bubble("operator", ANSWER).last).to_be_visible()


def writes(far: Far) -> None:
    """A citizen's mail program."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"], letter["Message-ID"] = CITIZEN, OURS, "Справка", "<first@centre.example>"
    letter.set_content(QUESTION)
    far.post.give(letter, OURS)


def there(far: Far) -> bool:
    """Whether the answer is in the citizen's mailbox."""
    with IMAPClient("127.0.0.1", far.boxes.imap, ssl=False) as client:
        client.login(CITIZEN, imap.PASSWORD)
        client.select_folder("INBOX")
        found = client.fetch(client.search(), ["RFC822"])
    letters = [message_from_bytes(each[b"RFC822"], policy=default) for each in found.values()]
    bodies = [letter.get_body(("plain",)) for letter in letters if isinstance(letter, EmailMessage)]
    return any(ANSWER in body.get_content() for body in bodies if body is not None)
