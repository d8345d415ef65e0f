"""What a dialogue in MAX may hold: buttons, files, voices, contacts, corrections, and whoever does not belong there (CH-05)."""

import logging
from datetime import date
from typing import Any, ClassVar

import aiohttp
import msgspec
import pytest

from channels.messenger.max import Max, connect
from channels.messenger.message_format import STARTED
from hub.conversations.address import Citizen
from hub.conversations.attachments import Upload, key_of
from hub.conversations.conversation import Closed
from hub.conversations.live_signals import OperatorSaw, OperatorTyping
from hub.conversations.message import Author, Message, Source
from tests.channels.messenger.dialogue import Dialogue, mounted
from tests.channels.messenger.max_room import HOOK, SECRET, MaxRoom
from tests.channels.room import Room
from tests.peers.double import refuses
from tests.peers.max import BOT, CHAT, IVAN, MARIA, contact, created, edited, happened, message, pressed
from tests.trials import findings, wrong


class TestDialogue(MaxRoom):
    settings: ClassVar = {"contact_button": "Поделиться номером", "file_limit": 1000}

    async def said(self, far_end: Dialogue, *updates: dict[str, Any]) -> list[Message]:
        """What is stored of some updates, when all of them are acknowledged."""
        far_end.take_in()
        await self.max.happens(*updates)
        await self.max.until(lambda: self.max.marker == len(self.max.updates))
        return await far_end.messages(Author.CITIZEN)

    async def anna_says(self, far_end: Dialogue, room: Room, **message: Any) -> None:
        far_end.conversation = await far_end.number()
        await room.hand_to_anna(far_end.conversation)
        live = await room.sequencer.load(far_end.conversation)
        await room.sequencer.committed_step(live, (Message(Author.OPERATOR, at=room.sequencer.now(), by="anna", name="Анна", **message),))

    async def test_the_citizen_is_known_by_the_name_that_he_gave_max(self, far_end: Dialogue, room: Room) -> None:
        await self.said(far_end, created("m1", "Здравствуйте"))
        head = await room.intake.find(far_end.address)
        assert head is not None
        assert head.citizen == Citizen("Иван Петров")

    async def test_starting_the_bot_opens_the_conversation_and_gets_an_answer(self, far_end: Dialogue) -> None:
        said = await self.said(far_end, happened("bot_started", payload=None, user_locale="ru"))
        assert [each.text for each in said] == [STARTED]
        await far_end.hears("Вам отвечает робот")

    async def test_choices_are_buttons_and_the_one_pressed_is_what_the_citizen_says(self, far_end: Dialogue, room: Room) -> None:
        await self.said(far_end, created("m1", "Здравствуйте"))
        long = "Как получить загранпаспорт нового поколения ребёнку до четырнадцати лет, если родители в разводе?"
        await self.anna_says(far_end, room, text="Выберите", choices=("Да", "Нет", long))
        await far_end.hears("Выберите")
        keyboard = self.max.messages[-1]["body"]["attachments"][0]
        rows = keyboard["payload"]["buttons"]
        assert keyboard["type"] == "inline_keyboard"
        assert [button["text"] for button in rows[0]] == ["Да", "Нет"]
        assert rows[1][0]["payload"] == long
        assert len(rows[1][0]["text"]) <= 64
        assert rows[2][0] | {"type": "request_contact", "text": "Поделиться номером"} == rows[2][0]
        said = await self.said(far_end, pressed("cb1", rows[1][0]["payload"], under=self.max.messages[-1]))
        assert said[-1].text == long
        await self.max.until(lambda: self.max.answers)
        assert self.max.answers == [("cb1", f"Вы выбрали: {long}")]

    async def test_a_button_is_not_answered_before_what_it_says_is_stored(self, far_end: Dialogue, room: Room) -> None:
        await self.said(far_end, created("m1", "Здравствуйте"))
        room.store.shut = True
        await self.max.happens(pressed("cb1", "Да"))
        await room.store.reached.wait()
        assert await far_end.nothing_came() or self.max.acknowledged == ["m1"]
        assert self.max.answers == []
        room.store.open()
        await self.max.until(lambda: self.max.answers)

    async def test_a_file_a_picture_and_a_video_come_whole_with_their_words(self, far_end: Dialogue, room: Room) -> None:
        self.max.files["doc"] = b"%PDF-1.4 \xd0\x9f"
        file = self.max.file("file", "doc", filename="Справка.pdf", size=11)
        video = {"type": "video", "payload": {"url": "https://nowhere.test/v"}, "urls": {"mp4_480": f"{self.max.base}/files/photo.png"}}
        said = await self.said(far_end, created("m1", None, attachments=[self.max.file("image")]), created("m2", "Вот", attachments=[file, video]))
        assert [each.text for each in said] == ["", "Вот"]
        assert [(a.name, a.type) for each in said for a in each.attachments] == [
            ("Фото.png", "image/png"), ("Справка.pdf", "application/pdf"), ("Видео.mp4.png", "image/png")]
        for attachment in (a for each in said for a in each.attachments):
            assert await room.store.get(Upload, key_of(await far_end.number(), attachment.file)) is not None

    async def test_the_key_of_the_bot_is_not_shown_where_files_lie(self, far_end: Dialogue) -> None:
        await self.said(far_end, created("m1", None, attachments=[self.max.file("image")]))
        assert self.max.tokens_at_files == []

    async def test_a_voice_message_says_that_it_is_one(self, far_end: Dialogue) -> None:
        said = await self.said(
            far_end, created("m1", None, attachments=[self.max.file("audio")]),
            created("m2", None, attachments=[self.max.file("audio", transcription="где паспорт")]))
        assert [each.text for each in said] == ["", "Голосовое сообщение: «где паспорт»"]
        assert [each.attachments[0].name for each in said] == ["Голосовое сообщение.ogg.png"] * 2

    async def test_what_could_not_be_fetched_is_told_to_the_operator_in_words(self, far_end: Dialogue) -> None:
        self.max.files["large"] = b"x" * 1001
        self.max.fails("GET /files/doc", *[refuses(503)] * 3)
        said = await self.said(far_end, created("m1", "вот", attachments=[
            self.max.file("file", "large", filename="a.bin"), self.max.file("file", "none", filename="b.bin", size=5),
            self.max.file("file", "doc", filename="c.bin"), self.max.file("file", "huge", filename="d.bin", size=5000),
            {"type": "file", "payload": {"token": "t"}, "filename": "e.bin"}]))
        assert said[0].text.splitlines() == [
            "вот", "[Файл «a.bin»: файл не получен, он больше 0.000954 МБ]", "[Файл «b.bin»: файл не получен, HTTP 404]",
            "[Файл «c.bin»: файл не получен, HTTP 503]", "[Файл «d.bin»: файл не получен, он больше 0.000954 МБ]",
            "[Файл «e.bin»: файл не получен, ссылки на него нет]"]

    async def test_a_file_is_fetched_again_when_its_host_stumbles(self, far_end: Dialogue) -> None:
        self.max.fails("GET /files/photo.png", refuses(502))
        said = await self.said(far_end, created("m1", None, attachments=[self.max.file("image")]))
        assert len(said[0].attachments) == 1

    async def test_only_his_own_contact_is_the_telephone_of_the_citizen(self, far_end: Dialogue) -> None:
        said = await self.said(
            far_end, created("m1", None, attachments=[contact("+79001234567")]), created("m2", None, attachments=[contact("+79007654321", MARIA)]))
        assert [each.text for each in said] == [
            "Телефон: +79001234567", "Контакт другого человека: Мария, +79007654321"]

    async def test_places_stickers_links_and_the_unknown_are_told_in_words(self, far_end: Dialogue) -> None:
        said = await self.said(
            far_end, created("m1", None, attachments=[{"type": "location", "latitude": 55.75, "longitude": 37.61}]),
            created("m2", None, attachments=[{"type": "sticker", "payload": {"url": "https://x.test/s", "code": "1"}}]),
            created("m3", "см.", attachments=[{"type": "share", "title": "Портал", "payload": {"url": "https://gosuslugi.ru"}}]),
            created("m4", "", attachments=[{"type": "hologram", "payload": {"depth": 3}}, 5]), created("m5", ""))
        assert [each.text for each in said] == [
            "Местоположение: 55.750000, 37.610000", "Стикер", "см.\nСсылка: Портал https://gosuslugi.ru",
            "Вложение, которое здесь не показать\nВложение, которое не удалось прочитать", "Пустое сообщение"]

    async def test_an_answer_keeps_its_quote_folded_and_a_forward_says_whose_it_is(self, far_end: Dialogue) -> None:
        quoted = {"type": "reply", "sender": BOT, "chat_id": CHAT, "message": message("q", "Вам помочь?")["body"]}
        passed = {"type": "forward", "sender": MARIA, "message": message("f", "Документы тут", attachments=[self.max.file("image")])["body"]}
        bare = created("m3", "") | {"message": message("x", "", link=passed) | {"body": None}}
        said = await self.said(far_end, created("m1", "Да", link=quoted), created("m2", "Вот", link=passed), bare)
        assert (said[0].text, said[0].folded) == ("Да", "Ответ на сообщение от Окно: Вам помочь?")
        assert (said[1].text, len(said[1].attachments)) == ("Вот\nПереслано от Мария: Документы тут", 1)
        assert said[2].text == "Переслано от Мария: Документы тут"

    async def test_a_correction_is_a_new_message(self, far_end: Dialogue) -> None:
        correction = edited("m1", "Паспорт РФ")
        said = await self.said(far_end, created("m1", "Паспорт"), correction, correction, edited("m1", "Паспорт РФ!"))
        assert [each.text for each in said] == ["Паспорт", "Исправлено: Паспорт РФ", "Исправлено: Паспорт РФ!"]

    async def test_whoever_stops_the_bot_has_left_and_comes_back(self, far_end: Dialogue, room: Room) -> None:
        await self.said(far_end, created("m1", "Здравствуйте"), happened("bot_stopped"))
        head = await room.intake.find(far_end.address)
        assert head is not None
        assert isinstance(head.holder, Closed)
        said = await self.said(far_end, happened("bot_started"))
        assert said[-1].text == STARTED

    async def test_groups_channels_and_other_bots_are_not_taken_in(self, far_end: Dialogue, room: Room) -> None:
        said = await self.said(
            far_end, created("g1", "в группе", kind="chat", chat=1), created("g2", "в канале", kind="channel", chat=2),
            created("g3", "бот", sender=BOT), happened("bot_added", chat=1, is_channel=False), happened("message_removed"),
            happened("dialog_muted"), created("m1", "лично"))
        assert [each.text for each in said] == ["лично"]
        await self.max.until(lambda: self.max.left)
        assert self.max.left == [1]
        assert len(await room.store.recent()) == 1

    async def test_an_update_that_cannot_be_read_blocks_nobody(self, far_end: Dialogue, caplog: pytest.LogCaptureFixture) -> None:
        broken = created("m0", "сломано")
        del broken["message"]["recipient"]
        with caplog.at_level(logging.WARNING):
            said = await self.said(
                far_end, broken, {"update_type": "message_created"}, {}, {"update_type": "brand_new", "timestamp": 1}, created("m1", "цело"))
        assert [each.text for each in said] == ["цело"]
        assert sum("unreadable update" in record.message for record in caplog.records) == 3
        assert "сломано" not in caplog.text

    async def test_halves_of_surrogate_pairs_are_stored_as_something_else(self, far_end: Dialogue) -> None:
        said = await self.said(far_end, created("m1", "a\ud83d", sender=IVAN | {"first_name": "И\ud800"}))
        assert said[0].text == "a?"

    async def test_a_long_answer_is_cut_and_the_source_and_the_buttons_come_last(self, far_end: Dialogue, room: Room) -> None:
        await self.said(far_end, created("m1", "Здравствуйте"))
        await far_end.hears("")
        before = len(self.max.messages)
        source = Source("a", "Паспорт", date(2026, 9, 1), "МВД России")
        await self.anna_says(far_end, room, text="слово " * 1500, source=source, choices=("Ещё",))
        await far_end.hears("верно на")
        parts = self.max.messages[before:]
        assert [len(each["body"]["text"]) < 4000 for each in parts] == [True] * 3
        assert parts[-1]["body"]["text"].endswith("Источник: МВД России, верно на 01.09.2026.")
        assert [bool(each["body"]["attachments"]) for each in parts] == [False, False, True]

    async def test_typing_and_reading_are_shown_and_their_failure_harms_nobody(self, far_end: Dialogue, driver: Max, room: Room) -> None:
        await self.said(far_end, created("m1", "Здравствуйте"))
        await self.anna_says(far_end, room, text="Минуту")
        await far_end.hears("Минуту")
        driver.signal(far_end.conversation, OperatorTyping())
        driver.signal(far_end.conversation, OperatorSaw(1))
        driver.signal(12345, OperatorTyping())
        await self.max.until(lambda: len(self.max.actions) == 2)
        assert sorted(self.max.actions) == [(CHAT, "mark_seen"), (CHAT, "typing_on")]
        self.max.fails(f"POST /chats/{CHAT}/actions", refuses(500))
        driver.signal(far_end.conversation, OperatorTyping())
        await self.max.until(lambda: self.max.unspent == 0)

    async def test_health_says_who_it_is_and_why_it_is_down(self, far_end: Dialogue, driver: Max) -> None:
        assert not driver.health().up
        await self.said(far_end, created("m1", "Здравствуйте"))
        assert (driver.health().up, driver.health().words) == (True, "бот «Окно», опрос")
        assert [each.words for each in await findings(driver)] == ["бот «Окно»: MAX его узнаёт", "приём сообщений MAX: опрос"]
        self.max.fails("GET /me", refuses(401, b'{"code":"verify.token","message":"Invalid access_token"}'))
        assert "token_file" in await wrong(driver)

    async def test_a_webhook_of_before_is_taken_off_when_the_hub_polls(self, far_end: Dialogue) -> None:
        self.max.subscriptions["https://old.example.ru/hook"] = {}
        await self.said(far_end, created("m1", "Здравствуйте"))
        assert self.max.subscriptions == {}


class TestWebhook(MaxRoom):
    pushes = True

    async def test_nobody_but_max_is_heard(self, far_end: Dialogue, room: Room) -> None:
        # SE-01
        async with mounted(room.channel) as base, aiohttp.ClientSession() as http:
            for headers in ({}, {"X-Max-Bot-Api-Secret": "wrong"}, {"X-Max-Bot-Api-Secret": "\u00e9"}):
                async with http.post(f"{base}/max/updates", json=created("m1", "ложь"), headers=headers) as answer:
                    assert answer.status == 403
            for body in (b"", b"{", b"\xff", b"x" * (2 << 20), b"[]", b"null", b"[" * 200_000):
                async with http.post(f"{base}/max/updates", data=body, headers={"X-Max-Bot-Api-Secret": SECRET}) as answer:
                    assert answer.status == 200
        assert await room.store.recent() == []

    async def test_a_press_is_answered(self, far_end: Dialogue) -> None:
        far_end.take_in()
        await self.max.happens(pressed("cb1", "Да"))
        await self.max.until(lambda: self.max.answers)
        assert self.max.answers == [("cb1", "Вы выбрали: Да")]


class TestDroppedWebhook(MaxRoom):
    pushes = True
    webhook: ClassVar = {"check_s": 0.01}

    async def test_it_subscribes_again_what_max_has_dropped(self, far_end: Dialogue, driver: Max) -> None:
        far_end.take_in()
        await self.max.until(lambda: HOOK in self.max.subscriptions)
        assert self.max.subscriptions[HOOK]["secret"] == SECRET
        self.max.subscriptions.clear()
        await self.max.until(lambda: HOOK in self.max.subscriptions)
        assert driver.health().words == f"бот «Окно», вебхук {HOOK}"


class TestSettings(MaxRoom):
    @pytest.mark.parametrize(("settings", "named"), [
        ({}, "token_file"), ({"token_file": "/none"}, "/none"), ({"token_file": "{token}", "tokn": 1}, "tokn"),
        ({"token_file": "{token}", "webhook": {"url": "http://a/b", "secret_file": "{secret}"}}, "webhook.url"),
        ({"token_file": "{token}", "webhook": {"url": "https://a", "secret_file": "{secret}"}}, "webhook.url"),
        ({"token_file": "{token}", "webhook": {"url": "https://a/b", "secret_file": "{bad}"}}, "bad"),
        ({"token_file": "{token}", "webhook": {"url": "https://a/b", "secret_file": "{secret}", "check_s": 0}}, "check_s"),
        ({"token_file": "{token}", "webhook": {"url": "https://a/b"}}, "secret_file"),
    ])
    def test_a_wrong_setting_stops_the_start_and_is_named(self, room: Room, settings: dict[str, object], named: str) -> None:
        (self.folder / "bad").write_text("no spaces")
        places = {name: str(self.folder / name) for name in ("token", "secret", "bad")}
        filled = msgspec.json.decode(_filled(msgspec.json.encode(settings).decode(), places))
        with pytest.raises(msgspec.ValidationError, match=named):
            connect(filled, room.intake, room.store, None, limited=False)  # type: ignore[arg-type]  # no file is kept


def _filled(text: str, places: dict[str, str]) -> str:
    for name, place in places.items():
        text = text.replace("{" + name + "}", place)
    return text
