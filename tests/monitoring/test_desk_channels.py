"""Mail and SMS set up at the desk alone, through a real Postfix, a real Dovecot and a real SMSC; secrets are never shown."""

import asyncio
import json
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from tests.channels.email.sender import OURS
from tests.channels.sms.phone import FROM_CITIZEN, joined, ucs2
from tests.house import Clerk, House, house_in, knowledge_alone, people
from tests.peers.dovecot import PASSWORD, Dovecot, dovecot
from tests.peers.postfix import Postfix, postfix
from tests.peers.smsc import Peer, node_smsc
from tests.rig import eventually

pytestmark = [pytest.mark.peers, pytest.mark.asyncio(loop_scope="session")]

CITIZEN = "maria@home.example"
LOCAL = '[desk]\nchannel_networks = ["127.0.0.0/8"]\n[[channels]]\ndriver = "web.chat"\n'


class Far(NamedTuple):
    """The far ends of the channels, and a hub that knows none of them."""

    house: House
    boxes: Dovecot
    post: Postfix
    smsc: Peer

    @property
    def mail(self) -> dict[str, Any]:
        return {
            "domain": "centre.example", "address": OURS, "relay": {"host": "127.0.0.1", "port": self.post.smtp, "tls": "none"}, "signed": False,
            "mailboxes": [{"host": "127.0.0.1", "port": self.boxes.imap, "tls": "none", "user": OURS, "password_file": {"put": PASSWORD}}]}

    @property
    def sms(self) -> dict[str, Any]:
        return {"smscs": [{"name": "node", "host": "127.0.0.1", "port": self.smsc.port, "system_id": "okno", "source": "7788",
                           "password_file": {"put": "secret"}, "reconnect_s": 0.02, "timeout_s": 3.0}]}

    def writes(self, text: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = CITIZEN, OURS, "Вопрос", f"<{abs(hash(text))}@home.example>"
        mail.set_content(text)
        self.post.give(mail, OURS)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def far(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Far]:
    folder = tmp_path_factory.mktemp("far")
    async with node_smsc() as smsc:
        with dovecot() as boxes, postfix("maria", lmtp=boxes.lmtp) as post, house_in(folder, centre(folder)) as house:
            yield Far(house, boxes, post, smsc)
            assert house.complaints() == []


def centre(folder: Path) -> Path:
    path = knowledge_alone(folder)
    path.write_text(f"{path.read_text('utf8')}\n{LOCAL}", "utf8")
    return path


async def setup(clerk: Clerk, driver: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = (await clerk.does("GET", "/api/channel-setups"))["setups"]
    return next(each for each in found if each["driver"] == driver)


async def turned(clerk: Clerk, driver: str, *, on: bool) -> None:
    await clerk.does("POST", f"/api/channel-setups/{driver}/switch", {"version": (await setup(clerk, driver))["version"], "on": on})


async def tried(clerk: Clerk, driver: str, body: dict[str, Any]) -> list[dict[str, str]]:
    assert (await clerk.does("POST", f"/api/channel-setups/{driver}/trial", body))["faults"] == []

    async def over() -> bool:
        trial = (await setup(clerk, driver))["trial"]
        return bool(trial and not trial["step"])
    await eventually(over)
    findings: list[dict[str, str]] = (await setup(clerk, driver))["trial"]["findings"]
    return findings


async def taken(clerk: Clerk, text: str) -> str:
    """The conversation in the line that begins with a text, taken by this one."""
    found = list[str]()

    async def there() -> bool:
        rows = (await clerk.does("GET", "/api/inbox?view=waiting"))["conversations"]
        found.extend(each["id"] for each in rows if text in json.dumps(each, ensure_ascii=False))
        return bool(found)
    await eventually(there)
    await clerk.does("POST", f"/api/conversations/{found[0]}/take")
    return found[0]


async def test_faults_are_told_at_their_fields_in_russian(far: Far) -> None:
    # SE-01
    async with people(far.house) as crowd:
        admin = await crowd.admin()
        wrong = {"domain": "centre.example", "address": "nobody", "relay": {"host": "127.0.0.1", "port": 99999}}
        faults = (await admin.does("PUT", "/api/channel-setups/email.mail", {"version": 0, "values": wrong}))["faults"]
        assert {each["field"] for each in faults} >= {"relay.port"}
        assert all(any("а" <= sign <= "я" for sign in each["text"]) for each in faults), faults
        inside = far.mail | {"relay": {"host": "10.1.2.3", "port": 25, "tls": "none"}}
        faults = (await admin.does("PUT", "/api/channel-setups/email.mail", {"version": 0, "values": inside}))["faults"]
        assert [each["field"] for each in faults] == ["relay.host"]
        assert "desk.channel_networks" in faults[0]["text"]
        assert (await setup(admin, "email.mail"))["version"] == 0
        operator = await crowd.clerk(admin)
        assert (await operator.call("GET", "/api/channel-setups"))[0] == 403


async def test_mail_is_set_up_tried_and_switched(far: Far) -> None:
    # SE-01
    async with people(far.house) as crowd:
        admin = await crowd.admin()
        bad = far.mail
        bad["mailboxes"][0]["password_file"] = {"put": "wrong"}
        found = await tried(admin, "email.mail", {"version": 0, "values": bad})
        assert [each["state"] for each in found][:2] == ["good", "bad"], found
        assert "password" in found[1]["remedy"]
        found = await tried(admin, "email.mail", {"version": 0, "values": far.mail})
        assert [each["state"] for each in found][:2] == ["good", "good"], found
        assert (await admin.does("PUT", "/api/channel-setups/email.mail", {"version": 0, "values": far.mail}))["faults"] == []
        saved = await setup(admin, "email.mail")
        assert set(saved["values"]["mailboxes"][0]["password_file"]) == {"kept", "at", "by_name"}
        assert PASSWORD not in json.dumps((await admin.does("GET", "/api/channel-setups"))["setups"])
        moved = json.loads(json.dumps(saved["values"]))
        moved["mailboxes"][0]["host"] = "127.0.0.2"
        faults = (await admin.does("PUT", "/api/channel-setups/email.mail", {"version": 1, "values": moved}))["faults"]
        assert [each["field"] for each in faults] == ["mailboxes.0.password_file"]  # another server is not told the stored password
        await turned(admin, "email.mail", on=True)
        await asyncio.to_thread(far.writes, "Позовите оператора, где получить справку?")
        operator = await crowd.clerk(admin)
        number = await taken(operator, "справку")
        await operator.does("POST", f"/api/conversations/{number}/reply", {"key": "1", "text": "В любом МФЦ."})
        await arrived(far, "В любом МФЦ.")
        await turned(admin, "email.mail", on=False)
        await operator.does("POST", f"/api/conversations/{number}/reply", {"key": "2", "text": "Возьмите паспорт."})

        async def waits() -> bool:
            return bool((await setup(admin, "email.mail"))["waiting"] == 1)
        await eventually(waits)
    far.house.stop()
    far.house.start()
    async with people(far.house) as crowd:
        admin = await crowd.admin()
        off = await setup(admin, "email.mail")
        assert (off["enabled"], off["waiting"]) == (False, 1)
        await turned(admin, "email.mail", on=True)
        await arrived(far, "Возьмите паспорт.")
        assert [each["change"] for each in (await setup(admin, "email.mail"))["changes"]] == ["on", "off", "on", "saved"]
    far.house.stop()
    far.house.start()
    async with people(far.house) as crowd:
        admin = await crowd.admin()
        operator = await crowd.clerk(admin)
        assert (await setup(admin, "email.mail"))["enabled"]
        await asyncio.to_thread(far.writes, "Позовите оператора, а сколько стоит?")
        await taken(operator, "сколько стоит")


async def test_sms_is_set_up_tried_and_switched(far: Far) -> None:
    # SE-01
    async with people(far.house) as crowd:
        admin = await crowd.admin()
        found = await tried(admin, "sms.smpp", {"version": 0, "values": far.sms})
        assert {each["state"] for each in found} == {"good"}, found
        await far.smsc.hear("bound")  # by the check
        assert (await admin.does("PUT", "/api/channel-setups/sms.smpp", {"version": 0, "values": far.sms}))["faults"] == []
        await turned(admin, "sms.smpp", on=True)
        await far.smsc.hear("bound")
        far.smsc.tell("deliver", key="1", pdu=FROM_CITIZEN | ucs2("оператор"))
        await far.smsc.hear("answer", key="1", status=0)
        operator = await crowd.clerk(admin)
        number = await taken(operator, "sms.smpp")
        await operator.does("POST", f"/api/conversations/{number}/reply", {"key": "3", "text": "Слушаю вас."})
        said = list[Any]()
        while not any("Слушаю вас." in each for each in joined(said)):
            said.append(await far.smsc.hear("submit"))


async def test_pages_of_a_channel_come_and_go_with_it(far: Far) -> None:
    # SE-01
    async with people(far.house) as crowd:
        admin = await crowd.admin()

        async def page() -> int:
            async with crowd.http.get(f"{far.house.base}/form") as answer:
                return answer.status
        assert await page() == 404
        assert (await admin.does("PUT", "/api/channel-setups/web.form", {"version": 0, "values": {"keeper": "Администрация"}}))["faults"] == []
        await turned(admin, "web.form", on=True)
        assert await page() == 200
        assert (await tried(admin, "web.form", {"version": 2, "values": {}}))[0]["state"] == "odd"
        await turned(admin, "web.form", on=False)
        assert await page() == 404


async def test_secrets_are_told_to_nobody_else_and_networks_are_not_widened(far: Far) -> None:
    # SE-01, SE-02
    async with people(far.house) as crowd:
        admin = await crowd.admin()

        async def saved(version: int, values: dict[str, Any]) -> list[str]:
            found = await admin.does("PUT", "/api/channel-setups/messenger.max", {"version": version, "values": values})
            return [each["field"] for each in found["faults"]]
        token = {"token_file": {"put": "token-of-a-bot"}, "api": "http://127.0.0.1:9"}
        assert await saved(0, {}) == ["token_file"]
        assert await saved(0, token | {"inside": ["10.0.0.0/8"]}) == ["inside"]
        assert await saved(0, token) == []
        kept = (await setup(admin, "messenger.max"))["values"]
        assert await saved(1, kept | {"api": "http://127.0.0.2:9"}) == ["token_file"]
        assert await saved(1, kept | {"contact_button": "Мой номер"}) == []
        assert (await setup(admin, "messenger.max"))["values"]["token_file"]["kept"] == kept["token_file"]["kept"]
        status, refused = await admin.call("PUT", "/api/channel-setups/messenger.max", {"version": 1, "values": kept})
        assert (status, refused["error"]) == (409, "outdated")


async def arrived(far: Far, text: str) -> None:
    def there() -> bool:
        return any(text in body.get_content() for each in far.post.mailbox("maria") if (body := each.get_body(("plain",))) is not None)

    async def read() -> bool:
        return await asyncio.to_thread(there)
    await eventually(read)
