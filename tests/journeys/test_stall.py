"""A stalled hub ends by itself and is back, and what has stalled it twice is a person's: `okno run`, with a robot whose own code stands still."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from email.policy import SMTP
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib
import pytest

from bots.russian import Russian
from channels.email.mailbox_progress import STORED
from channels.email.reader import LIMITS, NAME
from hub.organisation.alarm_thresholds import CHANNEL_DOWN_S
from tests.channels.email.sender import CITIZEN, DOMAIN, OURS, mail
from tests.channels.line import PATIENCE_S
from tests.deployments import in_toml
from tests.house import Clerk, House, People, house_in, people
from tests.peers.dovecot import PASSWORD, Dovecot, dovecot
from tests.peers.partner import SECRET, sign
from tests.peers.ports import free_ports
from tests.peers.post_office import PostOffice
from tests.poison import CLIMBS, HOURS, OPEN, SLEEPS, centre, codec_in, poisonous, unreadable_letter

STALL_S = 3
AGAIN = "previous process crashed or stalled"
_users = count(1)
BACK_S = STALL_S + 12
"""From the word to the next answer: the stall itself, a start, and what a loaded machine takes besides."""


@pytest.fixture(scope="session")
def robot(tmp_path_factory: pytest.TempPathFactory) -> str:
    return poisonous(tmp_path_factory.mktemp("poison"), Russian())


@contextmanager
def stalling(folder: Path, config: Path, environment: Mapping[str, str] | None = None) -> Iterator[House]:
    """A hub that comes back to the same port."""
    with house_in(folder, config, {"OKNO_LISTEN": f"127.0.0.1:{free_ports(1)[0]}", **(environment or {})}) as house:
        yield house


@asynccontextmanager
async def people_of(folder: Path, config: Path, environment: Mapping[str, str] | None = None) -> AsyncIterator[tuple[House, People]]:
    with stalling(folder, config, environment) as house:
        async with people(house) as present:
            yield house, present


async def logged(house: House, word: str, times: int = 1) -> str:
    """The log, once a word stands in it so often."""
    async with asyncio.timeout(3 * BACK_S):
        while (log := house.log.read_text("utf8")).count(word) < times:  # noqa: ASYNC110 - another process writes
            await asyncio.sleep(0.1)
    return log


async def back(house: House) -> None:
    """Wait until the hub answers again: not for longer than a stall and a start take."""
    async with asyncio.timeout(BACK_S), aiohttp.ClientSession() as http:
        while True:
            with suppress(aiohttp.ClientError, TimeoutError):
                async with http.get(f"{house.base}/readyz", timeout=aiohttp.ClientTimeout(1)) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.1)  # another process comes up: nothing of it can be awaited before it listens


async def stands(house: House) -> None:
    """Wait until the hub answers nobody any more."""
    async with asyncio.timeout(BACK_S), aiohttp.ClientSession() as http:
        with suppress(TimeoutError):
            while True:
                async with http.get(f"{house.base}/healthz", timeout=aiohttp.ClientTimeout(1)) as answer:
                    await answer.read()


async def in_line(clerk: Clerk, conversation: str) -> dict[str, object]:
    """The conversation, once it waits for a person."""
    async with asyncio.timeout(BACK_S):
        while True:
            found = await clerk.does("GET", f"/api/conversations/{conversation}")
            if found["conversation"]["holder"]["kind"] == "queue":
                return found
            await asyncio.sleep(0.1)  # another process decides


# F3: the poison does not survive restarts. F1: SIGTERM, health and everybody else are not held up for ever.
@pytest.mark.parametrize("poison", [CLIMBS, SLEEPS], ids=["holds the GIL", "sleeps"])
async def test_a_message_that_stalls_the_hub_twice_is_a_persons(tmp_path: Path, robot: str, poison: str) -> None:
    with stalling(tmp_path, centre(tmp_path, robot, stall_s=STALL_S)) as house:
        async with people(house) as present:
            admin = await present.admin()
            neighbour, victim = await present.citizen(), await present.citizen()
            await neighbour.tell(HOURS)
            await neighbour.line.hear("message", author="bot", text=OPEN)
            await victim.say(poison)
            await logged(house, AGAIN)
            await back(house)
            log = await logged(house, "poison message: given to an operator")
            await back(house)
            found = await in_line(admin, victim.conversation)
            notes = [entry.get("text", "") for entry in found["entries"] if entry.get("author") == "system"]
            assert any("дважды останавливался" in note for note in notes), found
            told = [entry["text"] for entry in found["entries"] if entry.get("author") == "bot"]
            assert any(text.startswith("Передаю ваше сообщение сотруднику.\nНомер обращения: ") for text in told)
            await neighbour.connect()
            await neighbour.tell("до скольки вы работаете")
            await neighbour.line.hear("message", author="bot", text=OPEN)
            assert house.stop() == 0
        assert log.count(AGAIN) == 2
        assert log.count("/actions.py") == 2
        assert "by=stall" in log


# F3: SIGTERM is not obeyed by a loop that stands, so it is ended all the same, and its stacks are in the log.
async def test_a_stalled_hub_can_be_stopped(tmp_path: Path, robot: str) -> None:
    async with people_of(tmp_path, centre(tmp_path, robot, stall_s=STALL_S)) as (house, present):
        await (await present.citizen()).say(CLIMBS)
        await stands(house)
        house.tell(signal.SIGTERM)
        assert await asyncio.to_thread(house.wait) == 128 + signal.SIGABRT
        assert "/actions.py" in house.log.read_text("utf8")


class Post:
    """The mail of a centre: its relay, its own door by SMTP, and a mailbox."""

    def __init__(self, folder: Path, office: PostOffice, server: Dovecot, user: str) -> None:
        self.office, self.server, self.user, (self.port,) = office, server, user, free_ports(1)
        (folder / "reply.key").write_text("a secret that signs reply addresses\n", "utf8")
        (folder / "password").write_text(PASSWORD, "utf8")
        listen = {"host": "127.0.0.1", "port": self.port}
        mailbox = {"host": "127.0.0.1", "port": server.imap, "user": user, "tls": "none", "password_file": str(folder / "password")}
        self.settings = (
            f'[[channels]]\ndriver = "email.mail"\n[channels.settings]\ndomain = "{DOMAIN}"\naddress = "{OURS}"\n'
            f'key_file = "{folder / "reply.key"}"\nrelay = {{ host = "127.0.0.1", port = {office.port}, tls = "none" }}\n'
            f"listen = {{ {in_toml(listen)} }}\nmailboxes = [{{ {in_toml(mailbox)} }}]\n")

    async def brings(self, way: str, letter: bytes) -> None:
        """By the mailbox at once; by SMTP as a sender does that tries until it is told what has become of it."""
        if way == "imap":
            await asyncio.to_thread(self.server.deliver, self.user, [letter])
            return
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    await aiosmtplib.send(letter, sender=CITIZEN, recipients=[OURS], hostname="127.0.0.1", port=self.port, start_tls=False, timeout=30)
                except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPConnectError, aiosmtplib.SMTPReadTimeoutError, OSError):
                    await asyncio.sleep(0.2)  # a sender's own pause
                else:
                    return


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.fixture
async def post(tmp_path: Path, server: Dovecot) -> AsyncIterator[Post]:
    office = await PostOffice().open()
    yield Post(tmp_path, office, server, f"user{next(_users)}")
    office.close()


def letter(text: str, key: str, sender: str) -> bytes:
    return mail(text, key, sender=sender).as_bytes(policy=SMTP)


# F3: a letter whose words stall the robot is a person's; others are answered, however they come.
@pytest.mark.parametrize("way", ["smtp", "imap"])
async def test_a_letter_that_stalls_the_robot_is_a_persons(tmp_path: Path, robot: str, post: Post, way: str) -> None:
    config = centre(tmp_path, robot, stall_s=STALL_S, more=post.settings)
    async with people_of(tmp_path, config) as (house, present):
        admin = await present.admin()
        await post.brings(way, letter(CLIMBS, f"poison.{way}@home.example", CITIZEN))
        await post.brings(way, letter(HOURS, f"hours.{way}@home.example", "ivan@home.example"))
        log = await logged(house, "poison message: given to an operator")
        await post.office.hears(OPEN)
        assert log.count(AGAIN) == 2
        [waiting] = await queued(admin)
        assert waiting["address"] == CITIZEN


# F2, F3: a letter that cannot even be read stalls nobody: it is read elsewhere, and comes to a person whole.
@pytest.mark.parametrize("way", ["smtp", "imap"])
async def test_a_letter_that_stalls_its_reader_is_a_persons(tmp_path: Path, robot: str, post: Post, way: str) -> None:
    config = centre(tmp_path, robot, stall_s=STALL_S, more=post.settings)
    async with people_of(tmp_path, config, codec_in(tmp_path / "codec")) as (house, present):
        admin = await present.admin()
        bad = asyncio.create_task(post.brings(way, unreadable_letter(f"unread.{way}@home.example")))
        await post.brings(way, letter(HOURS, f"hours.{way}@home.example", "ivan@home.example"))
        await post.office.hears(OPEN)
        await bad
        async with asyncio.timeout(BACK_S + LIMITS.time_s):
            while not (waiting := await queued(admin)):  # noqa: ASYNC110 - another process decides
                await asyncio.sleep(0.2)
        entries = (await admin.does("GET", f"/api/conversations/{waiting[0]['id']}"))["entries"]
        assert any("не удалось прочесть" in entry.get("text", "") for entry in entries)
        assert [file["name"] for entry in entries for file in entry.get("attachments", [])] == [NAME]
        assert AGAIN not in house.log.read_text("utf8")
        if way == "imap":
            with post.server.opened(post.user) as client:
                assert len(client.search([b"KEYWORD", STORED])) == 2


async def queued(clerk: Clerk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await clerk.does("GET", "/api/inbox?view=waiting"))["conversations"]
    return found


async def alarmed(clerk: Clerk) -> None:
    """The floor has its alarm: half a minute after the watchdog has told of the stall."""
    async with asyncio.timeout(CHANNEL_DOWN_S + BACK_S):
        while not [  # noqa: ASYNC110 - the wallboard of another process looks once a second
            each for each in await clerk.does("GET", "/api/floor/alarms") if each["about"] == "watchdog"]:
            await asyncio.sleep(0.5)


# F3: a webhook whose words stall the robot is a person's, and the partner that repeats it is told that it is there.
async def test_a_webhook_that_stalls_the_robot_is_a_persons(tmp_path: Path, robot: str) -> None:
    (tmp_path / "secret").write_text(SECRET, "utf8")
    hook = f'[[channels]]\ndriver = "web.hook"\n[channels.settings]\nurl = "http://127.0.0.1:9/"\nsecrets = ["{tmp_path / "secret"}"]\n'
    with stalling(tmp_path, centre(tmp_path, robot, stall_s=STALL_S, more=hook)) as house:
        async with people(house) as present:
            admin = await present.admin()
            first = await repeated(present.http, house, "m1", {"from": "maria", "text": SLEEPS})
            await logged(house, "poison message: given to an operator")
            await back(house)
            assert await repeated(present.http, house, "m1", {"from": "maria", "text": SLEEPS}) == first
            await in_line(admin, first["conversation"])
            await repeated(present.http, house, "m2", {"from": "ivan", "text": HOURS})
            metrics = await metrics_of(present.http, house)
            assert metrics["okno_event_loop_stalls_total"] == 2
            assert metrics["okno_poison_messages_total"] == 1
            await alarmed(admin)


async def repeated(http: aiohttp.ClientSession, house: House, number: str, body: dict[str, str]) -> dict[str, Any]:
    """As Standard Webhooks have it: the sender tries until it is answered."""
    content = json.dumps(body).encode()
    async with asyncio.timeout(3 * BACK_S):
        while True:
            at = str(int(time.time()))
            headers = {"webhook-id": number, "webhook-timestamp": at, "webhook-signature": sign(SECRET, number, at, content)}
            with suppress(aiohttp.ClientError, TimeoutError):
                async with http.post(house.base + "/hook/messages", data=content, headers=headers, timeout=aiohttp.ClientTimeout(5)) as answer:
                    if answer.status == 200:
                        told: dict[str, Any] = await answer.json()
                        return told
            await asyncio.sleep(0.2)  # a sender's own pause


async def metrics_of(http: aiohttp.ClientSession, house: House) -> dict[str, float]:
    async with http.get(house.base + "/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return {name: float(value) for name, _, value in (line.partition(" ") for line in lines if line and "{" not in line and line[0] != "#")}
