"""Telegram keeps the contract of all channels, by long polling and by webhook (CH-05, CH-06), and says what it is like to use it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from channels.messenger.telegram import OLD_BUTTON, PRIVATE_ONLY
from hub.conversations.address import Address
from hub.conversations.attachments import Upload, key_of
from hub.conversations.conversation import Closed, WithBot
from hub.conversations.live_signals import OperatorTyping
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.errors import UndeliverableError
from hub.kernel.ports import Files
from hub.telephony.speech_to_text import spoken
from tests.channels.contract import ChannelContract
from tests.channels.messenger.telegram_room import SECRET, Line, connected, line
from tests.channels.room import Room, ValvedMemory, ValvedStore
from tests.peers.telegram import BotApi, Phone

OGG = b"OggS\x00\x02" + b"\0" * 8 + b"\x01\0\0\0" + b"\0" * 8 + b"\x01\x13OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"


class TestPolling(ChannelContract):
    webhook = False

    @pytest.fixture(autouse=True)
    def at_hand(self, api: BotApi, tmp_path: Path) -> None:
        self.api, self.folder = api, tmp_path

    def connect(self, intake: Intake, store: Store, files: Files) -> Channel:
        return connected(self.folder, self.api.base, intake, store, files, webhook=self.webhook)

    @pytest.fixture
    async def far_end(self, room: Room, api: BotApi) -> AsyncIterator[Line]:
        async with line(room, api) as far_end:
            yield far_end


class TestWebhook(TestPolling):
    webhook = True

    async def test_only_who_knows_the_secret_is_let_in(self, far_end: Line, api: BotApi) -> None:
        # SE-01
        for told in ("", "x", SECRET[:-1], SECRET + "x"):
            assert await api.call(b'{"update_id": 1}', secret=told) == 401
        assert await api.call(b'{"update_id": 1}') == 200
        del far_end

    async def test_what_no_update_can_be_is_not_asked_for_again(self, far_end: Line, api: BotApi) -> None:
        # SE-02
        assert [await api.call(body) for body in (b"", b"no JSON", b"[" * 100_000, b"\xff\xfe", b"[]", b"null", b'{"update_id":' + b"9" * 5000 + b"}")] == [200] * 7
        assert await api.call(b" " * (1 << 20) + b"{}") == 413
        del far_end

    async def test_it_is_registered_with_its_secret(self, far_end: Line, api: BotApi) -> None:
        # CH-05
        assert api.webhook["secret"] == SECRET
        assert api.webhook["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
        assert "webhook" in far_end.channel.health().words


class TestTalk:
    """What citizens do in Telegram."""

    @pytest.fixture
    def kind(self) -> type[ValvedStore]:
        return ValvedMemory

    webhook = False
    at_hand, connect, far_end = TestPolling.at_hand, TestPolling.connect, TestPolling.far_end
    room, patience_s = ChannelContract.room, ChannelContract.patience_s

    async def heard(self, far_end: Line, count: int = 1) -> list[Message]:
        """What the hub has stored of the phone's messages, once `count` updates are confirmed."""
        await far_end.api.until(lambda: len(far_end.api.confirmed) >= count)
        head = await far_end.room.intake.find(Address(far_end.channel.name, str(far_end.phone.user)))
        if head is None:
            return []
        far_end.conversation = head.id
        records = await far_end.room.store.records(head.id, limit=1000)
        return [r.entry for r in records if isinstance(r.entry, Message) and r.entry.author is Author.CITIZEN]

    async def test_a_button_says_its_choice_and_its_clock_stops(self, room: Room, far_end: Line, api: BotApi) -> None:
        # CH-05: the label may be cut, the choice is not
        long = "Как получить выписку из Единого государственного реестра недвижимости, если собственников несколько"
        await far_end.to_anna()
        live = await room.sequencer.load(far_end.conversation)
        await room.sequencer.committed_step(live, (Message(Author.BOT, "Что именно?", room.sequencer.now(), choices=("Да", "Нет", long)),))
        shown = await far_end.phone.sees("Что именно?")
        rows = [[button["text"] for button in row] for row in shown["reply_markup"]["inline_keyboard"]]
        assert rows[0] == ["Да", "Нет"]
        query = await far_end.phone.presses(rows[1][0])
        await api.until(lambda: any(form["callback_query_id"] == query for form in api.answered))
        assert [message.text for message in await self.heard(far_end, 2)] == ["раз", long]

    async def test_a_button_of_another_conversation_says_no_more_than_its_label(self, room: Room, far_end: Line, api: BotApi) -> None:
        # SE-02: what a button tells is made by whoever presses it
        await far_end.to_anna()
        live = await room.sequencer.load(far_end.conversation)
        offered = await room.sequencer.committed_step(live, (Message(Author.BOT, "?", room.sequencer.now(), choices=("тайна",)),))
        stranger = Phone(api, user=666)
        shown = stranger.message(text="?", reply_markup={"inline_keyboard": [[{"text": "моё", "callback_data": "x"}]]})
        await stranger.presses_data(f"{far_end.conversation}:{offered[0].id}:0", shown)
        await api.until(lambda: any(form.get("text") == OLD_BUTTON for form in api.answered))
        await stranger.presses_data("x", shown)
        await api.until(lambda: len(api.answered) == 2)
        head = await room.intake.find(Address(far_end.channel.name, "666"))
        assert head is not None
        assert await room.said(head.id) == ["моё"]

    @pytest.mark.parametrize("data", ["", ":::", "1:2", "1:2:3", f"{'9' * 19}:{'9' * 19}:{'9' * 19}", "-1:2:3", "x"])
    async def test_a_button_that_names_nothing(self, far_end: Line, api: BotApi, data: str) -> None:
        # SE-02
        await far_end.phone.presses_data(data, far_end.phone.message(text="?"))
        await api.until(lambda: any(form.get("text") == OLD_BUTTON for form in api.answered))
        assert await self.heard(far_end) == []

    @pytest.mark.parametrize(("content", "said"), [
        ({"text": "/start"}, "Здравствуйте!"),
        ({"text": "/start@okno_bot passport"}, "Здравствуйте!"),
        ({"contact": {"phone_number": "79161234567", "first_name": "Иван", "user_id": 70_001}}, "Телефон: +79161234567"),
        ({"contact": {"phone_number": "+7 916 123-45-67", "first_name": "Пётр", "last_name": "Иванов", "user_id": 5}},
         "Контакт другого человека: Пётр Иванов, +79161234567"),
        ({"contact": {"phone_number": "79161234567", "first_name": "Пётр"}}, "Контакт другого человека: Пётр, +79161234567"),
        ({"location": {"latitude": 55.755833, "longitude": 37.617778}}, "Местоположение: 55.755833, 37.617778"),
        ({"venue": {"title": "МФЦ", "address": "Тверская, 1", "location": {"latitude": 55.7, "longitude": 37.6}},
          "location": {"latitude": 55.7, "longitude": 37.6}}, "МФЦ, Тверская, 1\nМестоположение: 55.700000, 37.600000"),
        ({"sticker": {"file_id": "s", "file_unique_id": "s", "type": "regular", "width": 1, "height": 1, "is_animated": False,
                      "is_video": False, "emoji": "👍"}}, "👍"),
        ({"dice": {"emoji": "🎲", "value": 6}}, "🎲 6"),
        ({"story": {"id": 1, "chat": {"id": 1, "type": "private"}}}, "Сообщение такого вида здесь показать нельзя."),
    ], ids=lambda value: next(iter(value)) if isinstance(value, dict) else "")
    async def test_what_is_no_text_is_said_in_words(self, far_end: Line, content: dict[str, Any], said: str) -> None:
        # CH-05
        await far_end.phone.sends(**content)
        message, = await self.heard(far_end)
        assert message.text == said
        assert ("passport" in message.folded) is ("passport" in content.get("text", ""))

    async def test_an_edited_message_is_a_correction(self, far_end: Line, api: BotApi) -> None:
        # CH-05
        first = far_end.phone.message(7, text="Паспрт")
        await api.push({"message": first})
        await api.push({"edited_message": first | {"text": "Паспорт", "edit_date": 1_790_000_100}})
        await api.push({"edited_message": first | {"text": "Паспорт", "edit_date": 1_790_000_100}})
        api.files["f1"] = PDF
        await api.push({"edited_message": far_end.phone.message(8, document={"file_id": "f1", "file_unique_id": "u"}, edit_date=1_790_000_100)})
        assert [message.text for message in await self.heard(far_end, 4)] == ["Паспрт", "Исправлено: Паспорт", "Исправлено"]

    @pytest.mark.parametrize(("media_kind", "content", "name", "type_", "text"), [
        ("document", PDF, "Справка.pdf", "application/pdf", "Вот"),
        ("voice", OGG, "Голосовое сообщение.ogg", "audio/ogg", ""),
        ("video_note", b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41", "Видеосообщение.mp4", "video/mp4", ""),
    ], ids=["document", "voice", "video_note"])
    async def test_files_are_kept(self, room: Room, far_end: Line, api: BotApi, media_kind: str, content: bytes, name: str, type_: str, text: str) -> None:
        # CH-05
        api.files["f1"] = content
        media = {"file_id": "f1", "file_unique_id": "u", "file_size": len(content), "duration": 3, "length": 240}
        if media_kind == "document":
            media |= {"file_name": "Справка.pdf"}
        await far_end.phone.sends(**{media_kind: media} | ({"caption": text} if text else {}))
        message, = await self.heard(far_end)
        assert (message.text, [(a.name, a.type, a.size) for a in message.attachments]) == (text, [(name, type_, len(content))])
        assert (spoken(message) is not None) is (media_kind == "voice")
        kept = await room.store.get(Upload, key_of(far_end.conversation, message.attachments[0].file))
        assert kept is not None

    async def test_the_largest_photo_that_may_be_had(self, far_end: Line, api: BotApi) -> None:
        # CH-05
        api.files |= {"small": b"\x89PNG\r\n\x1a\n small", "large": b"\x89PNG\r\n\x1a\n large!"}
        sizes = [{"file_id": name, "file_unique_id": name, "width": side, "height": side, "file_size": size}
                 for name, side, size in (("small", 90, 5), ("large", 900, 50), ("huge", 9000, 30 << 20))]
        await far_end.phone.sends(photo=sizes)
        message, = await self.heard(far_end)
        assert (message.text, message.attachments[0].size) == ("", len(api.files["large"]))

    @pytest.mark.parametrize("says", [True, False])
    async def test_a_file_that_is_too_big_is_told_of(self, far_end: Line, api: BotApi, says: bool) -> None:
        # CH-05
        api.sizes["big"] = 25 << 20
        media = {"file_id": "big", "file_unique_id": "u", "file_name": "Видео.avi"} | ({"file_size": 25 << 20} if says else {})
        await far_end.phone.sends(document=media)
        message, = await self.heard(far_end)
        assert message.text.startswith("Файл «Видео.avi»" + (" (25,0 МБ)" if says else "") + " не получен: Telegram отдаёт ботам файлы до 20 МБ.")
        assert not message.attachments

    async def test_a_file_of_an_operator_goes_out(self, room: Room, far_end: Line, api: BotApi) -> None:
        # CH-05
        await far_end.to_anna()
        file = await room.channel._sender._files.put(PDF)  # type: ignore[attr-defined]  # the room's own
        attachments = tuple(Attachment(file, name, "application/pdf", len(PDF)) for name in ('Отв"ет.pdf',))
        live = await room.sequencer.load(far_end.conversation)
        await room.sequencer.committed_step(live, (Message(Author.OPERATOR, "Вот", room.sequencer.now(), by="anna", attachments=attachments),))
        await api.until(lambda: any("file" in shown for shown in far_end.phone.shown))
        assert far_end.phone.texts[-2] == "Вот"
        assert far_end.phone.shown[-1]["file"] == ("Отв'ет.pdf", PDF)

    @pytest.mark.parametrize("value", ["+79161234567", "ivan", "１２", "-100", ""])
    async def test_only_a_chats_number_is_written_to(self, room: Room, far_end: Line, value: str) -> None:
        # CH-15
        await far_end.to_anna()
        head = (await room.sequencer.load(far_end.conversation)).head
        with pytest.raises(UndeliverableError, match="номер чата"):
            await far_end.channel.send(replace(head, address=Address(far_end.channel.name, value)), await room.store.records(head.id))

    async def test_other_bots_and_groups_are_not_talked_with(self, far_end: Line, api: BotApi) -> None:
        # CH-05
        group = {"id": -100, "type": "supergroup", "title": "Соседи"}
        api.chats.add(-100)
        await api.push({"message": far_end.phone.message(text="привет") | {"from": {"id": 9, "is_bot": True, "first_name": "Бот"}}})
        await api.push({"message": far_end.phone.message(text="привет") | {"chat": group}})
        await api.until(lambda: any(method == "leavechat" for method, _ in api.calls))
        assert [(shown["chat"]["id"], shown["text"]) for shown in api.sent] == [(-100, PRIVATE_ONLY)]
        assert await self.heard(far_end, 2) == []

    async def test_whoever_blocks_the_bot_has_gone(self, room: Room, far_end: Line, api: BotApi) -> None:
        # CH-14
        await far_end.phone.writes("оператор")
        await self.heard(far_end)
        member = {"user": {"id": 4242, "is_bot": True, "first_name": "Окно"}}
        await api.push({"my_chat_member": {"chat": far_end.phone.chat, "from": far_end.phone.me, "date": 1_790_000_000,
                                           "old_chat_member": member | {"status": "member"},
                                           "new_chat_member": member | {"status": "kicked", "until_date": 0}}})
        await self.heard(far_end, 2)
        head = await room.store.conversation(far_end.conversation)
        assert head is not None
        assert isinstance(head.holder, Closed | WithBot)

    async def test_the_operator_is_seen_typing(self, room: Room, far_end: Line, api: BotApi) -> None:
        # CH-13
        await far_end.to_anna()
        for _ in range(3):
            room.channel.signal(far_end.conversation, OperatorTyping())
        await api.until(lambda: any(method == "sendchataction" for method, _ in api.calls))
        await api.ping()
        assert [form for method, form in api.calls if method == "sendchataction"] == [{"chat_id": "70001", "action": "typing"}]

    async def test_names_are_told(self, room: Room, far_end: Line) -> None:
        # CH-05
        await far_end.phone.writes("раз")
        await self.heard(far_end)
        head = await room.store.conversation(far_end.conversation)
        assert head is not None
        assert (head.citizen.name, head.citizen.language) == ("Иван Петров", "ru")
