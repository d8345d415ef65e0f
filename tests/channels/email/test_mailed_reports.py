"""A report by e-mail through a real Postfix into mailboxes of a real Dovecot: what is read there is what the desk shows, and of no person."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import tomli_w
from imapclient import IMAPClient

from tests.channels.email.hub import settings
from tests.channels.email.sender import DOMAIN, OURS
from tests.house import Clerk, House, house_in, knowledge_alone, people
from tests.http.test_lists import told
from tests.past import today
from tests.peers.dovecot import PASSWORD, Dovecot, dovecot
from tests.peers.postfix import Postfix, postfix
from tests.rig import eventually

pytestmark = pytest.mark.peers

BOSS = f"boss@{DOMAIN}"
FIGURES = {"by": "line", "form": "csv", "centre": "", "line": ""}
DAILY = FIGURES | {"version": 0, "title": "Вчера по линиям", "rhythm": "daily", "at": "09:00", "addresses": [BOSS, f"deputy@{DOMAIN}"]}


class Post(NamedTuple):
    house: House
    boxes: Dovecot
    postfix: Postfix

    def box(self, user: str) -> list[EmailMessage]:
        """What its owner reads by IMAP."""
        with IMAPClient("127.0.0.1", self.boxes.imap, ssl=False) as client:
            client.login(user, PASSWORD)
            client.select_folder("INBOX")
            found = client.fetch(client.search(), ["RFC822"])
        mails = [message_from_bytes(each[b"RFC822"], policy=default) for _, each in sorted(found.items())]
        return [each for each in mails if isinstance(each, EmailMessage)]

    async def came(self, user: str, count: int) -> EmailMessage:
        async def there() -> bool:
            return len(await asyncio.to_thread(self.box, user)) >= count
        await eventually(there)
        return (await asyncio.to_thread(self.box, user))[-1]


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    folder = tmp_path_factory.mktemp("post")
    with dovecot() as boxes, postfix(lmtp=boxes.lmtp) as server, house_in(folder, centre(folder, boxes, server)) as house:
        yield Post(house, boxes, server)
        assert house.complaints() == []


def centre(folder: Path, boxes: Dovecot, server: Postfix) -> Path:
    path = knowledge_alone(folder)
    (folder / "password").write_text(PASSWORD)
    box = {"host": "127.0.0.1", "port": boxes.imap, "tls": "none", "user": OURS, "password_file": str(folder / "password")}
    channel = {"driver": "email.mail", "settings": settings(folder, server.smtp, listen=None, mailboxes=[box])}
    path.write_text(f"{path.read_text('utf8')}\n{tomli_w.dumps({'reports': {'to': [DOMAIN]}, 'channels': [channel]})}", "utf8")
    return path


async def shown(clerk: Clerk) -> dict[str, Any]:
    """The one mailing that there is."""
    one, = (await clerk.does("GET", "/api/mailings"))["mailings"]
    assert isinstance(one, dict)
    return one


async def test_a_mail_server_that_is_away_is_shown_and_asked_again(post: Post) -> None:
    # MC-02
    async with people(post.house) as crowd:
        admin = await crowd.admin()
        await admin.does("PUT", "/api/mailings/away", DAILY | {"paused": True})
        post.postfix.stop()
        await admin.does("POST", "/api/mailings/away/send", {"key": "away"})

        async def waits() -> bool:
            last = (await shown(admin))["last"]
            return last["again"] is not None and all(each["state"] == "waiting" and each["why"] for each in last["letters"])
        await eventually(waits)
        await admin.does("DELETE", "/api/mailings/away?version=1")
        assert (await admin.does("GET", "/api/mailings"))["mailings"] == []
        back = await admin.does("PUT", "/api/mailings/away", DAILY | {"version": 2, "paused": True})
        assert (back["next"], back["last"]["letters"][0]["state"]) == (None, "waiting")
        await admin.does("DELETE", "/api/mailings/away?version=3")
        post.postfix.start()


@pytest.mark.smoke
async def test_what_is_read_there_is_what_the_desk_shows(post: Post) -> None:
    # MC-02, SE-01
    async with people(post.house) as crowd:
        admin = await crowd.admin()
        boss, operator = await crowd.clerk(admin, "supervisor"), await crowd.clerk(admin)
        assert (await operator.call("GET", "/api/mailings"))[0] == 403
        for changed, code in (({"addresses": ["boss@home.example"]}, "address_not_allowed"), ({"by": "operator"}, "bad_mailing"),
                              ({"line": "nowhere"}, "no_such_line")):
            status, answer = await boss.call("PUT", "/api/mailings/lines", DAILY | changed)
            assert (status, answer["error"]) == (400, code)
        line = await boss.live()
        await line.hear("hello")
        saved = await boss.does("PUT", "/api/mailings/lines", DAILY)
        assert (saved["version"], saved["paused"], saved["last"]) == (1, False, None)
        await told(line, "mailings")
        for _ in range(2):
            await boss.does("POST", "/api/mailings/lines/send", {"key": "try"})
        letter = await post.came(BOSS, 1)
        other = await post.came(f"deputy@{DOMAIN}", 1)
        await told(line, "mailings")
        day = today() - timedelta(days=1)
        assert (letter["Subject"], letter["To"], letter["Auto-Submitted"]) == (f"Вчера по линиям: {day:%d.%m.%Y}", BOSS, "auto-generated")
        assert letter["Message-ID"] != other["Message-ID"]
        file, = letter.iter_attachments()
        assert file.get_filename() == f"period-line-{day}-{day}.csv"
        downloaded = await boss.does("GET", f"/api/periods/file?since={day}&until={day}&by=line&form=csv")
        assert (file.get_content_type(), file.get_content_charset()) == ("text/csv", "utf-8")
        content = file.get_payload(decode=True)
        assert isinstance(content, bytes)
        mailed, figures = (each.decode("utf-8-sig").splitlines() for each in (content, downloaded))
        assert [row for row in mailed if not row.startswith("Состав")] == [row for row in figures if not row.startswith("Состав")]
        assert "Составил;по расписанию: Вчера по линиям" in mailed
        for part in (str(letter), "\n".join(mailed)):
            assert boss.login.title() not in part

        async def done() -> bool:
            return [each["state"] for each in (await shown(boss))["last"]["letters"]] == ["sent", "sent"]
        await eventually(done)
        deeds = [each["what"] for each in (await admin.does("GET", "/api/audit")) if each["what"].startswith("mailing") and each["about"] == "lines"]
        assert deeds == ["mailing_sent", "mailing_sent", "mailing_issued", "mailing"]
        await line.close()
