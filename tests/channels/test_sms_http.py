"""SMS by HTTP keeps the contract of all channels with both profiles of the documentation, against a double of the provider (CH-05)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from bots.russian import Russian
from channels.sms.http import NAME, HttpSms, connect
from channels.sms.profile import Outgoing, Receipts, received, request, value
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.delivery_status import Delivery
from hub.conversations.journal import Carried, StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.errors import RefusedError, UnavailableError, UndeliverableError
from hub.kernel.ports import Files
from tests.channels.contract import QUESTION, ChannelContract
from tests.channels.outbox import Outbox, cut_off
from tests.channels.room import Room, ValvedMemory, ValvedSqlite, ValvedStore, room_with
from tests.channels.served import served
from tests.peers.sms_provider import NUMBER, SECRET, Provider
from tests.trials import wrong

PROFILES = ("smsc.ru", "exolve.ru")


class Telephone:
    """tests.channels.contract.FarEnd: a citizen's telephone, behind the provider."""

    def __init__(self, http: aiohttp.ClientSession, base: str, provider: Provider, room: Room) -> None:
        self.http, self.url, self.provider, self._room = http, base + "/sms/http", provider, room
        self._base = base
        self.conversation = 0
        self.outbox = Outbox(self._post)

    async def _post(self, key: str, text: str) -> int:
        status, said = await self.provider.bring(self.http, self.url, key, text)
        if status == 200:
            assert said == "OK"
            head = await self._room.intake.find(Address(NAME, NUMBER))
            assert head is not None
            self.conversation = head.id
        return status

    async def say(self, key: str, text: str) -> None:
        self.outbox.put(key, text)

    async def acknowledged(self, key: str) -> None:
        assert await self.outbox.answered(key) == 200

    async def refused(self, key: str) -> None:
        assert await self.outbox.answered(key) == 503

    async def nothing_came(self) -> bool:
        async with self.http.get(self._base + "/healthz"):
            return not self.outbox.answers

    async def hears(self, text: str) -> None:
        await self.provider.wait(lambda: any(text in each for each in self.provider.texts))

    async def leave(self) -> None:
        await self.provider.stop()

    async def come_back(self) -> None:
        await self.provider.start()

    def heard(self) -> list[str]:
        return self.provider.texts


def letter(room: Room, text: str = "ответ", number: str = NUMBER, choices: tuple[str, ...] = ()) -> tuple[Conversation, list[StoredEvent]]:
    now = room.sequencer.now()
    head = Conversation(1, "000-261124-00001-1", Address(NAME, number), now, WithBot())
    return head, [StoredEvent(2, 1, Message(Author.BOT, text, now, choices=choices))]


class Behind:
    """The telephone, the provider and the room of a test."""

    @pytest.fixture(params=PROFILES)
    async def provider(self, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Provider]:
        async with Provider(request.param, tmp_path) as provider:
            provider.outgoing["timeout_s"] = 0.5
            yield provider

    @pytest.fixture
    async def room(self, kind: type[ValvedStore], provider: Provider, tmp_path: Path, russian: Russian) -> AsyncIterator[Room]:
        def sms(intake: Intake, store: Store, files: Files) -> Channel:
            return connect(provider.settings, intake, store, files, limited=False)

        async with room_with(sms, kind, tmp_path, russian) as room, asyncio.timeout(20):
            yield room

    @pytest.fixture
    async def far_end(self, room: Room, provider: Provider) -> AsyncIterator[Telephone]:
        async with served(room) as base, aiohttp.ClientSession() as http:
            far_end = Telephone(http, base, provider, room)
            yield far_end
            await far_end.outbox.close()

    async def talk(self, room: Room, far_end: Telephone) -> None:
        """A conversation whose operator is Anna."""
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        await far_end.provider.wait(lambda: far_end.provider.got)
        await room.hand_to_anna(far_end.conversation)


class TestHttpSms(Behind, ChannelContract):
    """Both profiles, both stores."""


class TestFaults(Behind):
    """What may go wrong on the way, once for each profile."""

    @pytest.fixture
    def kind(self) -> type[ValvedStore]:
        return ValvedMemory

    async def test_receipts_tell_what_became_of_it(self, room: Room, far_end: Telephone) -> None:
        # CH-05
        await self.talk(room, far_end)
        await room.anna_writes(far_end.conversation, "слово Анны")
        await far_end.hears("слово Анны")
        provider, states = far_end.provider, far_end.provider.settings["receipts"]
        number = provider.got[-1]["id"]
        for state in ("на пути", states["failed"][0], states["delivered"][0], states["delivered"][0], states["failed"][0]):
            assert (await provider.receipt(far_end.http, far_end.url, number, state))[0] == 200
        carried = [r.entry for r in await room.store.records(far_end.conversation) if isinstance(r.entry, Carried)]
        assert [each.state for each in carried] == [Delivery.FAILED, Delivery.DELIVERED]
        assert (await provider.receipt(far_end.http, far_end.url, "42", states["failed"][0]))[0] == 200

    async def test_a_receipt_that_overtakes_the_answer_waits_for_it(self, room: Room, far_end: Telephone) -> None:
        # CH-05: the provider's webhook is faster than its answer
        await self.talk(room, far_end)
        assert isinstance(room.channel, HttpSms)
        record = next(r for r in await room.store.records(far_end.conversation) if isinstance(r.entry, Message))
        with room.channel._tickets.sending():
            receipt = asyncio.create_task(far_end.provider.receipt(
                far_end.http, far_end.url, "early", far_end.provider.settings["receipts"]["delivered"][0]))
            answered, _ = await asyncio.wait({receipt}, timeout=0.3)
            assert not answered
            await room.channel._tickets.put("early", [record])
        assert (await receipt)[0] == 200
        assert isinstance((await room.store.records(far_end.conversation))[-1].entry, Carried)

    @pytest.mark.parametrize("mood", [302, 401, 402, 429, 500, 503, "hang"])
    async def test_what_may_pass_is_tried_again(self, room: Room, far_end: Telephone, mood: int | str) -> None:
        # CH-05: with a wrong token or without money nothing is lost either
        far_end.provider.moods = [mood]
        with pytest.raises(UnavailableError):
            await room.channel.send(*letter(room))  # type: ignore[union-attr]  # it carries
        assert not room.channel.health().up
        await room.channel.send(*letter(room))  # type: ignore[union-attr]
        assert far_end.provider.texts == ["ответ"]
        assert room.channel.health().up

    async def test_a_lost_answer_is_tried_again_under_the_same_id(self, room: Room, far_end: Telephone) -> None:
        # CH-06: at least once; the provider that is given our id can know it again
        far_end.provider.moods = ["cut"]
        with pytest.raises(UnavailableError):
            await room.channel.send(*letter(room))  # type: ignore[union-attr]
        await room.channel.send(*letter(room))  # type: ignore[union-attr]
        assert len({sms["own"] for sms in far_end.provider.got}) == 1

    @pytest.mark.parametrize("status", [400, 404, 422])
    async def test_what_never_passes_is_told(self, room: Room, far_end: Telephone, status: int) -> None:
        # CH-05
        far_end.provider.moods = [status]
        with pytest.raises(UndeliverableError, match=str(status)):
            await room.channel.send(*letter(room))  # type: ignore[union-attr]

    async def test_a_name_cannot_be_answered(self, room: Room, far_end: Telephone) -> None:
        # CH-05
        with pytest.raises(UndeliverableError, match="BANK"):
            await room.channel.send(*letter(room, number="BANK"))  # type: ignore[union-attr]
        assert far_end.provider.tries == 0

    async def test_a_wrong_secret_is_refused(self, room: Room, far_end: Telephone) -> None:
        # SE-01
        for secret in ("", "x", SECRET + "x", SECRET[:-1]):
            assert (await far_end.provider.bring(far_end.http, far_end.url, "1", "x", secret=secret))[0] == 403
            assert (await far_end.provider.receipt(far_end.http, far_end.url, "1", "1", secret=secret))[0] == 403
        assert await room.intake.find(Address(NAME, NUMBER)) is None

    async def test_a_webhook_that_breaks_off_is_no_message(self, room: Room, far_end: Telephone) -> None:
        # CH-06
        body = b'{"sender":"79160000001","message_id":"1","text":"' + b"x" * 1000 + b'"}'
        await cut_off(f"{far_end.url}?key={SECRET.replace(' ', '+')}", body, {"Content-Type": "application/json", "X-Webhook-Secret": SECRET})
        assert await far_end.nothing_came()
        assert await room.intake.find(Address(NAME, NUMBER)) is None

    async def test_a_number_is_the_choice_that_was_offered(self, room: Room, far_end: Telephone) -> None:
        # CH-05
        await self.talk(room, far_end)
        live = await room.sequencer.load(far_end.conversation)
        await room.sequencer.committed_step(live, (Message(Author.SYSTEM, "Что дальше?", room.sequencer.now(), choices=("Пособия", "Паспорта")),))
        await far_end.hears("2 — Паспорта")
        await far_end.say("2", "2")
        await far_end.acknowledged("2")
        assert await room.said(far_end.conversation) == [QUESTION, "Паспорта"]

    async def test_a_text_is_measured_as_it_will_be_cut(self, room: Room) -> None:
        assert isinstance(room.channel, HttpSms)
        assert [room.channel.measure(text, 0).parts for text in ("ы" * 70, "ы" * 71, "x" * 160, "x" * 161)] == [1, 2, 1, 2]

    async def test_the_far_end_can_be_tried(self, room: Room, far_end: Telephone) -> None:
        assert isinstance(room.channel, HttpSms)
        assert await wrong(room.channel) == ""
        await far_end.leave()
        assert "нет связи" in await wrong(room.channel)
        await far_end.come_back()

    @pytest.mark.parametrize(("body", "status"), [(b"", 400), (b"{}", 400), (b'{"sender":"1"}', 400), (b"\xff\xfe", 400), (b"[" * 50_000, 400), (b"x" * 70_000, 413)])
    async def test_what_is_no_webhook_is_refused_in_words(self, far_end: Telephone, body: bytes, status: int) -> None:
        for kind in ("application/json", "application/x-www-form-urlencoded"):
            async with far_end.http.post(far_end.url + f"?key={SECRET}", data=body, headers={"Content-Type": kind, "X-Webhook-Secret": SECRET}) as answer:
                assert answer.status == status
                assert (await answer.json())["text"]


class TestSmscRu(Behind):
    """A provider that says what is wrong with status 200."""

    @pytest.fixture
    def kind(self) -> type[ValvedStore]:
        return ValvedMemory

    @pytest.fixture(params=["smsc.ru"])
    async def provider(self, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Provider]:
        async with Provider(request.param, tmp_path) as provider:
            yield provider

    @pytest.mark.parametrize(("code", "error"), [(3, UnavailableError), (9, UnavailableError), (6, UndeliverableError), (7, UndeliverableError)])
    async def test_its_codes(self, room: Room, far_end: Telephone, code: int, error: type[Exception]) -> None:
        # CH-05
        far_end.provider.moods = [{"error": "…", "error_code": code}]
        with pytest.raises(error, match=str(code)):
            await room.channel.send(*letter(room))  # type: ignore[union-attr]


async def test_killed_between_the_commit_and_the_answer(tmp_path: Path, russian: Russian) -> None:
    # CH-06: the provider sends it again to the next process
    provider = Provider("smsc.ru", tmp_path)

    def sms(intake: Intake, store: Store, files: Files) -> Channel:
        return connect(provider.settings, intake, store, files, limited=False)

    async with room_with(sms, ValvedSqlite, tmp_path, russian) as room, served(room) as base, aiohttp.ClientSession() as http:
        await room.intake.open(Address(NAME, NUMBER), Citizen())
        room.store.hushed = True
        lost = asyncio.create_task(provider.bring(http, base + "/sms/http", "1", QUESTION))
        await room.store.reached.wait()
        lost.cancel()
        await asyncio.gather(lost, return_exceptions=True)
    async with room_with(sms, ValvedSqlite, tmp_path, russian) as room, served(room) as base, aiohttp.ClientSession() as http:
        assert (await provider.bring(http, base + "/sms/http", "1", QUESTION))[0] == 200
        head = await room.intake.find(Address(NAME, NUMBER))
        assert head is not None
        assert await room.said(head.id) == [QUESTION]


def test_templates_are_filled_in_one_pass_and_go_into_depth() -> None:
    outgoing = Outgoing("https://a.example", {"message.text": "{text}", "message.to": "{to}", "key": "k{id}", "ttl": 60}, headers={"A": "B {token}"})
    made = request(outgoing, {"text": "{token} {x} «»", "to": "+7", "id": "5", "token": "t"})
    assert msgspec.json.decode(made.body) == {"message": {"text": "{token} {x} «»", "to": "+7"}, "key": "k5", "ttl": 60}
    assert made.headers == {"A": "B t", "Content-Type": "application/json"}


@pytest.mark.parametrize(("told", "path", "found"), [
    ({"a": {"b": 5}}, "a.b", "5"), ({"a": True}, "a", ""), ({"a": None}, "a", ""), ({"a": [1]}, "a.0", ""), (None, "a", ""), ({"": "x"}, "", "x"), ({"a": "x"}, "a.b", "")])
def test_what_stands_at_a_path(told: object, path: str, found: str) -> None:
    assert value(told, path) == found


def test_a_form_in_broken_utf8_is_read_all_the_same() -> None:
    assert received(b"mes=%D1%8B%FF&phone=7", "application/x-www-form-urlencoded") == {"mes": "ы\ufffd", "phone": "7"}
    with pytest.raises(RefusedError):
        received(b"&".join(b"a=1" for _ in range(300)), "application/x-www-form-urlencoded")


def test_states_on_the_way_tell_nothing() -> None:
    receipts = Receipts(delivered=("1",), failed=("3",))
    assert [receipts.fate(state) for state in ("0", "1", "3", "")] == [None, Delivery.DELIVERED, Delivery.FAILED, None]


@pytest.mark.parametrize(("change", "named"), [
    ({"outgoing": {"url": "ftp://a", "fields": {}}}, "outgoing.url"), ({"outgoing": {"url": "https://a", "fields": {"a": "{nubmer}"}}}, "nubmer"),
    ({"outgoing": {"url": "https://a", "fields": {"a": "1", "a.b": "2"}}}, "a.b"), ({"secret_query": "", "secret_header": ""}, "secret_header"),
    ({"secret_header": "X"}, "secret_header"), ({"secret_file": "/nowhere"}, "/nowhere"), ({"sorce": "x"}, "sorce")])
def test_wrong_settings_are_named(change: dict[str, object], named: str, tmp_path: Path) -> None:
    settings = Provider("smsc.ru", tmp_path).settings | change
    with pytest.raises(msgspec.ValidationError, match=named):
        connect(settings, None, None, None, limited=False)  # type: ignore[arg-type]  # nothing is called
