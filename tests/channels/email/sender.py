"""A citizen's mail program: one connection to our SMTP server, on which mails follow each other."""

import asyncio
import itertools
from collections import Counter
from email.message import EmailMessage

import aiosmtplib

from channels.email.mail import NAME, Mail
from channels.intake import pump
from hub.conversations.address import Address
from tests.channels.line import PATIENCE_S
from tests.channels.room import Room
from tests.peers.post_office import PostOffice

OURS, DOMAIN = "ask@centre.example", "centre.example"
CITIZEN = "maria@home.example"
_runs = itertools.count(1)


def mail(text: str, key: str, *, sender: str = CITIZEN, to: str = OURS, subject: str = "", references: tuple[str, ...] = (), **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = sender, to, f"<{key}>"
    if subject:
        message["Subject"] = subject
    if references:
        message["In-Reply-To"], message["References"] = f"<{references[-1]}>", " ".join(f"<{each}>" for each in references)
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


async def pumped(room: Room) -> "asyncio.Task[None]":
    """Receive, as the hub does; the door is open afterwards."""
    channel = room.channel
    assert isinstance(channel, Mail)
    pumping = asyncio.create_task(pump(channel, room.intake))
    while channel.door is not None and not channel.door.is_open and not pumping.done():  # noqa: ASYNC110  # it tells nobody
        await asyncio.sleep(0)
    if pumping.done():
        await pumping
    return pumping


async def stopped(pumping: "asyncio.Task[None]") -> None:
    pumping.cancel()
    await asyncio.gather(pumping, return_exceptions=True)


class Correspondent:
    """tests.channels.contract.FarEnd."""

    def __init__(self, room: Room, office: PostOffice) -> None:
        self._room, self.office = room, office
        assert isinstance(room.channel, Mail)
        assert room.channel.door is not None
        self.port = room.channel.door.port
        self._run = f"{next(_runs)}"
        self._root = ""
        self._sending: asyncio.Queue[tuple[str, EmailMessage]] = asyncio.Queue()
        self._news = asyncio.Condition()
        self.answers: dict[int, Counter[str]] = {2: Counter(), 4: Counter(), 5: Counter()}
        self.conversation = 0
        self._program: asyncio.Task[None]

    async def come_back(self) -> None:
        await self.office.open()
        self._program = asyncio.create_task(self._work())

    async def leave(self) -> None:
        self.office.close()
        await stopped(self._program)

    async def say(self, key: str, text: str) -> None:
        message_id = f"{key}.{self._run}@home.example"
        self._root = self._root or message_id
        answered = () if message_id == self._root else (self._root,)
        await self._sending.put((key, mail(text, message_id, references=answered)))

    async def _work(self) -> None:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=self.port, start_tls=False)
        await client.connect()
        try:
            while True:
                key, message = await self._sending.get()
                try:
                    await client.send_message(message)
                except aiosmtplib.SMTPResponseException as error:
                    code = error.code
                else:
                    code = 250
                async with self._news:
                    self.answers[code // 100][key] += 1
                    self._news.notify_all()
        finally:
            client.close()

    async def acknowledged(self, key: str) -> None:
        await self._answered(2, key)
        heads = await self._room.store.with_addresses([Address(NAME, CITIZEN)])
        self.conversation = heads[0].id

    async def refused(self, key: str) -> None:
        """451: it comes again."""
        await self._answered(4, key)

    async def _answered(self, kind: int, key: str) -> None:
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: self.answers[kind][key] > 0)
            self.answers[kind][key] -= 1

    async def nothing_came(self) -> bool:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self.port, start_tls=False) as other:
            await other.noop()
        return not any(counter.total() for counter in self.answers.values())

    async def hears(self, text: str) -> None:
        await self.office.hears(text)

    def heard(self) -> list[str]:
        return [taken.text for taken in self.office.taken]
