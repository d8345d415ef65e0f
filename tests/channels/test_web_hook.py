"""The generic HTTP channel keeps the contract of all channels against a partner that signs by itself (CH-05, CH-06)."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from bots.russian import Russian
from channels.retry_after import retry_after_s
from channels.web import signatures
from channels.web.hook import NAME, WebHook, connect
from hub.conversations.address import Address, Citizen
from hub.conversations.attachments import Upload, key_of
from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.journal import Carried, StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.errors import UnavailableError
from hub.kernel.ports import Files
from tests.channels.contract import QUESTION, ChannelContract
from tests.channels.outbox import Outbox, cut_off
from tests.channels.room import Room, ValvedMemory, ValvedSqlite, ValvedStore, room_with
from tests.channels.served import served
from tests.peers.partner import SECRET, Partner, send
from tests.rig import eventually
from tests.trials import wrong

OLD_SECRET = "whsec_" + base64.b64encode(b"an older secret of the hub, longer").decode()


class PartnersCitizen:
    """tests.channels.contract.FarEnd: a citizen of the partner's."""

    def __init__(self, http: aiohttp.ClientSession, base: str, partner: Partner) -> None:
        self.http, self.base, self.partner = http, base, partner
        self.conversation = 0
        self.outbox = Outbox(self._post)

    async def _post(self, key: str, text: str) -> int:
        status, answer = await send(self.http, self.base + "/hook/messages", key, {"from": "ivan", "name": "Иван", "text": text})
        if status == 200:
            self.conversation = int(answer["conversation"])
        return status

    async def say(self, key: str, text: str) -> None:
        self.outbox.put(key, text)

    async def acknowledged(self, key: str) -> None:
        assert await self.outbox.answered(key) == 200

    async def refused(self, key: str) -> None:
        assert await self.outbox.answered(key) == 503

    async def nothing_came(self) -> bool:
        async with self.http.get(self.base + "/healthz"):
            return not self.outbox.answers

    async def hears(self, text: str) -> None:
        await self.partner.wait(lambda: any(text in each for each in self.partner.texts))

    async def leave(self) -> None:
        await self.partner.stop()

    async def come_back(self) -> None:
        await self.partner.start()

    def heard(self) -> list[str]:
        return self.partner.texts


def secrets(folder: Path) -> list[str]:
    for name, content in (("new", SECRET), ("old", OLD_SECRET)):
        (folder / name).write_text(content + "\n", encoding="utf8")
    return [str(folder / "new"), str(folder / "old")]


class TestWebHook(ChannelContract):
    @pytest.fixture
    async def partner(self) -> AsyncIterator[Partner]:
        async with Partner() as partner:
            yield partner

    @pytest.fixture
    async def room(self, kind: type[ValvedStore], partner: Partner, tmp_path: Path, russian: Russian) -> AsyncIterator[Room]:
        def hook(intake: Intake, store: Store, files: Files) -> Channel:
            settings: dict[str, object] = {"url": partner.url, "secrets": secrets(tmp_path), "timeout_s": 0.5, "body_limit": 1 << 14}
            return connect(settings, intake, store, files, limited=False)

        async with room_with(hook, kind, tmp_path, russian) as room, asyncio.timeout(20):
            yield room

    @pytest.fixture
    async def far_end(self, room: Room, partner: Partner) -> AsyncIterator[PartnersCitizen]:
        async with served(room) as base, aiohttp.ClientSession() as http:
            far_end = PartnersCitizen(http, base, partner)
            yield far_end
            await far_end.outbox.close()

    async def talk(self, room: Room, far_end: PartnersCitizen) -> None:
        """A conversation whose operator is Anna."""
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        await far_end.partner.wait(lambda: far_end.partner.got)
        await room.hand_to_anna(far_end.conversation)

    async def test_the_answer_names_conversation_message_and_number(self, room: Room, far_end: PartnersCitizen) -> None:
        # CH-06
        status, answer = await send(far_end.http, far_end.base + "/hook/messages", "m1", {"from": "ivan", "text": QUESTION, "thread": "дело"})
        head = await room.intake.find(Address(NAME, "ivan", "дело"))
        assert head is not None
        assert (status, answer["conversation"], answer["number"]) == (200, str(head.id), head.number)
        assert (await room.store.records(head.id))[1].id == int(answer["id"])

    async def test_files_come_with_it(self, room: Room, far_end: PartnersCitizen) -> None:
        # CH-05
        status, answer = await send(far_end.http, far_end.base + "/hook/messages", "m1", {
            "from": "ivan", "attachments": [{"name": "../Справка.txt", "content": base64.b64encode("справка".encode()).decode()}]})
        assert status == 200
        said = [r.entry for r in await room.store.records(int(answer["conversation"])) if isinstance(r.entry, Message)]
        attachment = said[0].attachments[0]
        assert (attachment.name, attachment.type) == ("Справка.txt", "text/plain")
        assert await room.store.get(Upload, key_of(int(answer["conversation"]), attachment.file)) is not None

    @pytest.mark.parametrize(("fault", "status"), [
        ({"secret": "whsec_" + base64.b64encode(b"somebody else's secret, long").decode()}, 401), ({"at": 0}, 401), ({"at": 1 << 35}, 401),
        ({"webhook_signature": ""}, 401), ({"webhook_signature": "v1,AAAA v2,BBBB"}, 401), ({"webhook_signature": "v1a,AAAA"}, 401),
        ({"webhook_signature": "v1,\u00e9"}, 401), ({"webhook_timestamp": "now"}, 401), ({"webhook_timestamp": "٣"}, 401), ({"webhook_id": ""}, 401),
        ({"webhook_id": "x" * 201}, 401), ({"webhook_signature": " ".join(["v1,AAAA"] * 1000)}, 401)])
    async def test_what_is_not_signed_is_refused(self, room: Room, far_end: PartnersCitizen, fault: dict[str, object], status: int) -> None:
        # SE-01
        answered, answer = await send(far_end.http, far_end.base + "/hook/messages", "m1", {"from": "ivan", "text": "x"}, **fault)  # type: ignore[arg-type]
        assert (answered, answer["error"]) == (status, "unsigned")
        assert await room.intake.find(Address(NAME, "ivan")) is None

    async def test_a_body_that_was_changed_is_refused(self, room: Room, far_end: PartnersCitizen) -> None:
        # SE-01
        body = b'{"from":"ivan","text":"x"}'
        good = signatures.signed(signatures.key(SECRET), "m1", int(time.time()), body)
        async with far_end.http.post(far_end.base + "/hook/messages", data=body.replace(b"ivan", b"anna"), headers=good) as answer:
            assert answer.status == 401
        assert await room.intake.find(Address(NAME, "anna")) is None

    async def test_a_body_that_breaks_off_is_no_message(self, room: Room, far_end: PartnersCitizen) -> None:
        # CH-06
        body = json.dumps({"from": "ivan", "text": QUESTION}).encode()
        good = signatures.signed(signatures.key(SECRET), "m1", int(time.time()), body)
        await cut_off(far_end.base + "/hook/messages", body, good)
        assert await far_end.nothing_came()
        assert await room.intake.find(Address(NAME, "ivan")) is None
        assert (await send(far_end.http, far_end.base + "/hook/messages", "m1", body))[0] == 200

    async def test_an_older_secret_is_still_good_while_it_is_changed(self, far_end: PartnersCitizen) -> None:
        assert (await send(far_end.http, far_end.base + "/hook/messages", "m1", {"from": "ivan", "text": "x"}, secret=OLD_SECRET))[0] == 200
        both = "v1,AAAA v2,zz " + signatures.signature(signatures.key(SECRET), "m2", "0", b"")
        assert (await send(far_end.http, far_end.base + "/hook/messages", "m2", {"from": "ivan", "text": "x"}, webhook_signature=both))[0] == 401

    @pytest.mark.parametrize(("body", "status", "code"), [
        (b"no JSON", 400, "bad_body"), ({"text": "x"}, 400, "bad_body"), ({"from": "", "text": "x"}, 400, "bad_body"),
        ({"from": "ivan", "text": " "}, 400, "empty"), ({"from": "ivan", "text": "x", "url": "http://10.0.0.1/"}, 400, "bad_body"),
        ({"from": "ivan", "text": "x" * 8001}, 400, "bad_body"), ({"from": "ivan", "attachments": [{"name": "a", "content": "не base64"}]}, 400, "bad_body"),
        ({"from": "ivan", "text": "x", "name": "y" * (1 << 14)}, 413, "too_large"), (b"\xff\xfe", 400, "bad_body"), (b"[" * 5000, 400, "bad_body")])
    async def test_what_is_signed_but_wrong_is_refused_in_words(self, far_end: PartnersCitizen, body: object, status: int, code: str) -> None:
        # CH-05
        answered, answer = await send(far_end.http, far_end.base + "/hook/messages", "m1", body)
        assert (answered, answer["error"]) == (status, code)
        assert answer["text"]

    async def test_one_id_for_all_tries_and_all_that_was_said(self, room: Room, far_end: PartnersCitizen) -> None:
        # CH-06: the partner is ill for a while, takes it without answering, and knows it again
        await self.talk(room, far_end)
        before = len(far_end.partner.headers)
        far_end.partner.moods = [500, "cut"]
        await room.anna_writes(far_end.conversation, "слово Анны")
        await far_end.partner.wait(lambda: len(far_end.partner.headers) == before + 3)
        assert len({headers["webhook-id"] for headers in far_end.partner.headers[before:]}) == 1
        assert far_end.partner.texts.count("слово Анны") == 1
        letter = far_end.partner.got[-1]
        assert (letter["to"], letter["conversation"], letter["id"]) == ("ivan", str(far_end.conversation), far_end.partner.headers[-1]["webhook-id"])

    @pytest.mark.parametrize("status", [400, 404, 410, 422])
    async def test_what_the_partner_will_never_take_is_told_to_the_operator(self, room: Room, far_end: PartnersCitizen, status: int) -> None:
        # CH-05
        await self.talk(room, far_end)
        far_end.partner.moods = [status]
        await room.anna_writes(far_end.conversation, "в пустоту")

        async def failed() -> bool:
            return any(isinstance(r.entry, Carried) and r.entry.state == "failed" and r.entry.why for r in await room.store.records(far_end.conversation))
        await eventually(failed)
        assert "в пустоту" not in far_end.partner.texts

    async def test_receipts_are_kept_once_and_in_their_order(self, room: Room, far_end: PartnersCitizen) -> None:
        # CH-05
        await self.talk(room, far_end)
        await room.anna_writes(far_end.conversation, "слово Анны")
        await far_end.hears("слово Анны")
        number = far_end.partner.got[-1]["id"]
        for key, state in (("r1", "delivered"), ("r2", "delivered"), ("r3", "failed"), ("r4", "read"), ("r5", "delivered")):
            status, _ = await send(far_end.http, far_end.base + "/hook/receipts", key, {"id": number, "state": state, "why": "так"})
            assert status == 200
        carried = [r.entry for r in await room.store.records(far_end.conversation) if isinstance(r.entry, Carried)]
        assert [(each.record, each.state.value) for each in carried] == [(int(number), "delivered"), (int(number), "read")]
        assert await send(far_end.http, far_end.base + "/hook/receipts", "r6", {"id": "1", "state": "read"}) == (200, {"known": False})
        assert (await send(far_end.http, far_end.base + "/hook/receipts", "r7", {"id": number, "state": "eaten"}))[0] == 400
        assert (await send(far_end.http, far_end.base + "/hook/receipts", "r8", {"id": number, "state": "read"}, at=0))[0] == 401

    async def test_the_partner_s_wish_to_wait_is_obeyed(self, far_end: PartnersCitizen, room: Room) -> None:
        # RFC 9110 §10.2.3
        assert isinstance(room.channel, WebHook)
        head = Conversation(1, "000-261124-00001-1", Address(NAME, "ivan"), room.sequencer.now(), WithBot())
        records = [StoredEvent(2, 1, Message(Author.BOT, "ответ", room.sequencer.now()))]
        far_end.partner.moods = [(429, {"Retry-After": "30"})]
        for _ in range(3):
            with pytest.raises(UnavailableError):
                await room.channel.send(head, records)
        assert len(far_end.partner.headers) == 1
        assert not room.channel.health().up

    @pytest.mark.parametrize("mood", [302, 408, 425, 500, 503, "cut", "hang"])
    async def test_what_may_pass_is_tried_again(self, far_end: PartnersCitizen, room: Room, mood: int | str) -> None:
        # CH-05: a redirect is not followed, or letters would go where nobody has said
        assert isinstance(room.channel, WebHook)
        head = Conversation(1, "000-261124-00001-1", Address(NAME, "ivan"), room.sequencer.now(), WithBot())
        records = [StoredEvent(2, 1, Message(Author.BOT, "ответ", room.sequencer.now()))]
        far_end.partner.moods = [(302, {"Location": "http://127.0.0.1:9/"}) if mood == 302 else mood]
        with pytest.raises(UnavailableError):
            await room.channel.send(head, records)
        await room.channel.send(head, records)
        assert far_end.partner.texts == ["ответ"]
        assert room.channel.health().up

    async def test_the_far_end_can_be_tried(self, far_end: PartnersCitizen, room: Room) -> None:
        assert isinstance(room.channel, WebHook)
        assert await wrong(room.channel) == ""
        await far_end.leave()
        assert "нет связи" in await wrong(room.channel)
        await far_end.come_back()


async def test_killed_between_the_commit_and_the_answer(tmp_path: Path, russian: Russian) -> None:
    # CH-06: the partner sends it again to the next process
    (tmp_path / "secrets").mkdir()
    settings: dict[str, object] = {"url": "http://127.0.0.1:9/", "secrets": secrets(tmp_path / "secrets")}

    def hook(intake: Intake, store: Store, files: Files) -> Channel:
        return connect(settings, intake, store, files, limited=False)

    body = {"from": "ivan", "text": QUESTION}
    async with room_with(hook, ValvedSqlite, tmp_path, russian) as room, served(room) as base, aiohttp.ClientSession() as http:
        await room.intake.open(Address(NAME, "ivan"), Citizen())
        room.store.hushed = True
        lost = asyncio.create_task(send(http, base + "/hook/messages", "m1", body))
        await room.store.reached.wait()
        lost.cancel()
        await asyncio.gather(lost, return_exceptions=True)
    async with room_with(hook, ValvedSqlite, tmp_path, russian) as room, served(room) as base, aiohttp.ClientSession() as http:
        status, answer = await send(http, base + "/hook/messages", "m1", body)
        assert status == 200
        assert await room.said(int(answer["conversation"])) == [QUESTION]


async def test_a_flood_is_slowed(tmp_path: Path, russian: Russian) -> None:
    # SE-01
    settings: dict[str, object] = {"url": "http://127.0.0.1:9/", "secrets": secrets(tmp_path), "messages": {"burst": 3, "per_minute": 1}}

    def hook(intake: Intake, store: Store, files: Files) -> Channel:
        return connect(settings, intake, store, files, limited=True)

    async with room_with(hook, ValvedMemory, tmp_path, russian) as room, served(room) as base, aiohttp.ClientSession() as http:
        statuses = [(await send(http, base + "/hook/messages", str(n), {"from": "ivan", "text": "x"}))[0] for n in range(5)]
        assert statuses == [200, 200, 200, 429, 429]


def test_the_specification_s_own_vector() -> None:
    key = signatures.key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signatures.signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(("told", "seconds"), [
    ("", 0), ("5", 5), ("99999999999999", 3600), ("-1", 0), ("soon", 0), ("٣", 0), ("Thu, 01 Jan 1970 00:01:00 GMT", 50), ("Thu, 01 Jan 1970 00:00:00 GMT", 0)])
def test_how_long_to_wait(told: str, seconds: float) -> None:
    assert retry_after_s(told, 10) == seconds


@pytest.mark.parametrize(("settings", "named"), [
    ({"url": "http://a.example"}, "secrets"), ({"url": "ftp://a.example"}, "url"), ({"url": "https://"}, "url"), ({"uri": ""}, "uri")])
def test_wrong_settings_are_named(settings: dict[str, object], named: str, tmp_path: Path) -> None:
    with pytest.raises(msgspec.ValidationError, match=named):
        connect(({"secrets": secrets(tmp_path)} if named != "secrets" else {}) | settings, None, None, None, limited=False)  # type: ignore[arg-type]


@pytest.mark.parametrize("content", ["", "whsec_не то", "whsec_c2hvcnQ="])
def test_a_wrong_secret_is_named(content: str, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(content, encoding="utf8")
    with pytest.raises(msgspec.ValidationError, match="secret"):
        connect({"url": "https://a.example", "secrets": [str(path)]}, None, None, None, limited=False)  # type: ignore[arg-type]

