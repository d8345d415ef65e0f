"""Mailboxes at a real Dovecot: nothing is lost and nothing is stored twice, wherever the line breaks."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import aiosmtplib
import pytest
from imapclient import IMAPClient

from bots.russian import Russian
from channels.email import imap
from channels.email.mailbox_progress import FOLDER, STORED
from hub.conversations.delivery_status import Bookmark
from hub.monitoring.channel_check import CheckFinding, CheckResult
from tests.channels.email.hub import Hub, hub_in
from tests.channels.email.sender import mail
from tests.channels.line import PATIENCE_S
from tests.channels.room import ValvedSqlite
from tests.peers.cable import Cable
from tests.peers.dovecot import PASSWORD, Dovecot, dovecot
from tests.peers.post_office import PostOffice
from tests.rig import eventually
from tests.trials import findings

pytestmark = pytest.mark.peers

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is away is tried again at once."""
    monkeypatch.setattr(imap, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(imap, "LAST_PAUSE_S", 0.2)


@pytest.fixture
def user() -> str:
    return f"user{next(_numbers)}"


@pytest.fixture
async def relay(office: PostOffice) -> int:
    return (await office.open()).port


@pytest.fixture
async def cable(server: Dovecot) -> AsyncIterator[Cable]:
    cable = await Cable(server.imap).lay()
    yield cable
    cable.take_away()


@pytest.fixture
def account(user: str, tmp_path: Path) -> dict[str, Any]:
    password = tmp_path / "password"
    password.write_text(PASSWORD, encoding="utf8")
    return {"host": "127.0.0.1", "user": user, "tls": "none", "password_file": str(password)}


def letters(*texts: str) -> list[Any]:
    return [mail(text, f"imap{next(_numbers)}@home.example") for text in texts]


async def marked(server: Dovecot, user: str, count: int, criteria: tuple[bytes, ...] = (b"KEYWORD", STORED)) -> None:
    """Wait until so many mails are marked, as another program at the mailbox sees it."""
    def look() -> None:
        end = monotonic() + PATIENCE_S
        with server.opened(user) as client:
            while len(client.search(list(criteria))) != count:
                assert monotonic() < end, "it never came to be so"
                client.noop()
    await asyncio.to_thread(look)


async def idles(hub: Hub, cable: Cable, times: int = 1) -> None:
    await cable.sees(b" IDLE", times)


async def test_what_lies_there_is_stored_and_then_marked_and_nobody_has_read_it(
    server: Dovecot, account: dict[str, Any], user: str, tmp_path: Path, russian: Russian, relay: int,
) -> None:
    # CH-05, CH-06
    texts = [f"письмо {n}" for n in range(120)]
    server.put(user, letters(*texts))
    async with hub_in(tmp_path, russian, relay, mailboxes=[account | {"port": server.imap}]) as hub:
        await hub.holds(*texts)
        assert await hub.said() == texts
        await marked(server, user, 120)
        await marked(server, user, 0, (b"SEEN",))
        assert hub.mail.health().up


@pytest.mark.smoke
async def test_what_comes_is_pushed(cable: Cable, server: Dovecot, account: dict[str, Any], user: str, tmp_path: Path, russian: Russian, relay: int) -> None:
    async with hub_in(tmp_path, russian, relay, mailboxes=[account | {"port": cable.port}]) as hub:
        await idles(hub, cable)
        await asyncio.to_thread(server.deliver, user, letters("первое"))
        await hub.holds("первое")
        await idles(hub, cable, 2)
        await asyncio.to_thread(server.deliver, user, letters("второе"))
        await hub.holds("первое", "второе")


async def test_what_a_full_store_refuses_stays_unmarked_and_is_taken_later(
    server: Dovecot, account: dict[str, Any], user: str, tmp_path: Path, russian: Russian, relay: int,
) -> None:
    async with hub_in(tmp_path, russian, relay, mailboxes=[account | {"port": server.imap}]) as hub:
        hub.store.full = True
        refused = asyncio.Event()
        submit = hub.store.submit

        def seen(change: Any, done: Any, **how: bool) -> None:
            refused.set()
            submit(change, done, **how)
        hub.store.submit = seen  # type: ignore[method-assign]  # the test's own valve tells
        await asyncio.to_thread(server.deliver, user, letters("полно"))
        await refused.wait()
        await marked(server, user, 0)
        hub.store.open()
        await hub.holds("полно")
        await marked(server, user, 1)


async def test_a_line_cut_after_the_commit_and_before_the_mark_stores_once(
    cable: Cable, server: Dovecot, account: dict[str, Any], user: str, tmp_path: Path, russian: Russian, relay: int,
) -> None:
    texts = [f"письмо {n}" for n in range(20)]
    server.put(user, letters(*texts))
    cable.cut_before = b"STORE"
    async with hub_in(tmp_path, russian, relay, mailboxes=[account | {"port": cable.port}]) as hub:
        await marked(server, user, 20)
        assert cable.cuts == 1
        await hub.holds(*texts)


async def test_a_line_cut_while_fetching_loses_nothing(
    cable: Cable, server: Dovecot, account: dict[str, Any], user: str, tmp_path: Path, russian: Russian, relay: int,
) -> None:
    texts = [f"письмо {n}" for n in range(20)]
    server.put(user, letters(*texts))
    cable.cut_before = b"BODY.PEEK"
    async with hub_in(tmp_path, russian, relay, mailboxes=[account | {"port": cable.port}]) as hub:
        await marked(server, user, 20)
        await hub.holds(*texts)


@pytest.mark.smoke
async def test_a_hub_killed_between_the_commit_and_the_mark_stores_once(
    server: Dovecot, account: dict[str, Any], user: str, tmp_path: Path, russian: Russian, relay: int,
) -> None:
    boxes = [account | {"port": server.imap}]
    async with hub_in(tmp_path, russian, relay, kind=ValvedSqlite, mailboxes=boxes) as killed:
        killed.store.hushed = True
        await asyncio.to_thread(server.deliver, user, letters("один раз"))
        await killed.store.reached.wait()
    await marked(server, user, 0)
    async with hub_in(tmp_path, russian, relay, kind=ValvedSqlite, mailboxes=boxes) as hub:
        await marked(server, user, 1)
        await hub.holds("один раз")


async def test_another_uidvalidity_stores_nothing_twice(
    cable: Cable, server: Dovecot, account: dict[str, Any], user: str, tmp_path: Path, russian: Russian, relay: int,
) -> None:
    texts = [f"письмо {n}" for n in range(5)]
    server.put(user, letters(*texts))
    cable.changes = {rb"\*)] Flags permitted": rb"  )] Flags permitted", b" MOVE": b" MUVE"}  # neither keywords nor MOVE: UIDs are counted
    async with hub_in(tmp_path, russian, relay, mailboxes=[account | {"port": cable.port}]) as hub:
        await hub.holds(*texts)
        await idles(hub, cable)
        before = await bookmark(hub)
        await asyncio.to_thread(server.stop)
        for path in (server.base / "mail" / user).glob("dovecot*"):
            path.unlink()
        (server.base / "mail" / user / "dovecot-uidvalidity").write_text("7b000000", encoding="ascii")
        await asyncio.to_thread(server.start)
        await asyncio.to_thread(server.deliver, user, letters("новое"))
        await hub.holds(*texts, "новое")
        await eventually_other(hub, before)


async def bookmark(hub: Hub) -> str:
    found = [each.value async for each in _bookmarks(hub)]
    return found[0].partition(":")[0] if found else ""


async def _bookmarks(hub: Hub) -> AsyncIterator[Bookmark]:
    for each in await hub.store.all(Bookmark):
        yield each


async def eventually_other(hub: Hub, before: str) -> None:
    async def other() -> bool:
        return await bookmark(hub) not in {"", before}
    await eventually(other)


async def test_a_line_cut_while_waiting_is_laid_anew(
    cable: Cable, server: Dovecot, account: dict[str, Any], user: str, tmp_path: Path, russian: Russian, relay: int,
) -> None:
    async with hub_in(tmp_path, russian, relay, mailboxes=[account | {"port": cable.port}]) as hub:
        await idles(hub, cable)
        cable.cut()
        await asyncio.to_thread(server.deliver, user, letters("тем временем"))
        await hub.holds("тем временем")
        await idles(hub, cable, 2)


async def test_a_server_that_goes_and_comes_back_is_found_again(
    cable: Cable, server: Dovecot, account: dict[str, Any], user: str, tmp_path: Path, russian: Russian, relay: int,
) -> None:
    async with hub_in(tmp_path, russian, relay, mailboxes=[account | {"port": cable.port}]) as hub:
        await idles(hub, cable)
        await asyncio.to_thread(server.stop)

        async def told() -> bool:
            return not hub.mail.health().up
        await eventually(told)
        await asyncio.to_thread(server.start)
        await asyncio.to_thread(server.deliver, user, letters("снова тут"))
        await hub.holds("снова тут")
        assert hub.mail.health().up


async def test_a_server_without_keywords_has_the_mails_moved(
    cable: Cable, server: Dovecot, account: dict[str, Any], user: str, tmp_path: Path, russian: Russian, relay: int,
) -> None:
    server.deliver(user, letters("раз", "два"))
    cable.changes = {rb"\*)] Flags permitted": rb"  )] Flags permitted"}
    async with hub_in(tmp_path, russian, relay, mailboxes=[account | {"port": cable.port}]) as hub:
        await hub.holds("раз", "два")
        await marked(server, user, 0, (b"ALL",))
        with server.opened(user) as client:
            assert moved(client) == 2


def moved(client: IMAPClient) -> int:
    selected: dict[bytes, int] = client.select_folder(FOLDER, readonly=True)
    return selected[b"EXISTS"]


async def test_a_server_that_can_neither_has_its_mails_counted(
    cable: Cable, server: Dovecot, account: dict[str, Any], user: str, tmp_path: Path, russian: Russian, relay: int,
) -> None:
    server.deliver(user, letters("раз", "два"))
    cable.changes = {rb"\*)] Flags permitted": rb"  )] Flags permitted", b" MOVE": b" MUVE"}
    boxes = [account | {"port": cable.port}]
    async with hub_in(tmp_path, russian, relay, kind=ValvedSqlite, mailboxes=boxes) as hub:
        await hub.holds("раз", "два")
        await idles(hub, cable)
    cable.passed.clear()
    async with hub_in(tmp_path, russian, relay, kind=ValvedSqlite, mailboxes=boxes) as hub:
        await idles(hub, cable)
        assert not any(b"BODY.PEEK" in line for line in cable.passed)
        await asyncio.to_thread(server.deliver, user, letters("три"))
        await hub.holds("раз", "два", "три")


async def test_one_mail_that_comes_by_both_ways_is_stored_once(
    server: Dovecot, account: dict[str, Any], user: str, tmp_path: Path, russian: Russian, relay: int,
) -> None:
    letter, other = letters("дважды", "другое")
    async with hub_in(tmp_path, russian, relay, listen={}, mailboxes=[account | {"port": server.imap}]) as hub:
        await asyncio.to_thread(server.deliver, user, [letter, other])
        await aiosmtplib.send(letter, hostname="127.0.0.1", port=hub.port, start_tls=False)
        await marked(server, user, 2)
        await hub.holds("дважды", "другое")


@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_the_line_may_be_encrypted(
    server: Dovecot, account: dict[str, Any], user: str, tmp_path: Path, russian: Russian, relay: int, tls: str,
) -> None:
    server.deliver(user, letters("тайное"))
    port = server.imaps if tls == "tls" else server.imap
    box = account | {"port": port, "tls": tls, "ca_file": str(server.certificate)}
    async with hub_in(tmp_path, russian, relay, mailboxes=[box]) as hub:
        await hub.holds("тайное")
        assert (await findings(hub.mail, 2))[1] == CheckFinding(CheckResult.GOOD, f"ящик {user}@127.0.0.1")


async def test_a_server_that_vouches_for_itself_is_not_believed(
    server: Dovecot, account: dict[str, Any], tmp_path: Path, russian: Russian, relay: int,
) -> None:
    async with hub_in(tmp_path, russian, relay, mailboxes=[account | {"port": server.imaps, "tls": "tls"}]) as hub:
        async def told() -> bool:
            return "certificate" in hub.mail.health().words.lower()
        await eventually(told)


async def test_a_wrong_password_is_told(server: Dovecot, account: dict[str, Any], tmp_path: Path, russian: Russian, relay: int) -> None:
    (tmp_path / "wrong").write_text("wrong", encoding="utf8")
    box = account | {"port": server.imap, "password_file": str(tmp_path / "wrong")}
    async with hub_in(tmp_path, russian, relay, mailboxes=[box]) as hub:
        async def told() -> bool:
            return "вход отклонён" in hub.mail.health().words
        await eventually(told)
