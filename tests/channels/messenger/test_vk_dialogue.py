"""What a dialogue with a VK community may hold: buttons, files, voices, quotes, corrections, and whoever does not belong there (CH-05)."""

import logging
from typing import Any, ClassVar

import aiohttp
import msgspec
import pytest

from channels.messenger.message_format import STARTED
from channels.messenger.vk import NAME, Vk, connect
from hub.conversations.address import Address, Citizen
from hub.conversations.attachments import Upload, key_of
from hub.conversations.conversation import Closed
from hub.conversations.delivery_status import Delivery
from hub.conversations.journal import Carried
from hub.conversations.live_signals import OperatorSaw, OperatorTyping
from hub.conversations.message import Author, Message
from tests.channels.messenger.dialogue import Dialogue, mounted
from tests.channels.messenger.vk_room import HOOK, SECRET, VkRoom
from tests.channels.room import Room
from tests.peers.double import refuses
from tests.peers.max import PNG
from tests.peers.vk import GROUP, IVAN, MARIA, VkDouble, edited, event, new
from tests.trials import findings, wrong


class TestDialogue(VkRoom):
    settings: ClassVar = {"file_limit": 1000}

    async def said(self, far_end: Dialogue, *events: dict[str, Any]) -> list[Message]:
        """What is stored of some events, when all of them are acknowledged."""
        far_end.take_in()
        await self.vk.happens(*events)
        await self.vk.until(lambda: self.vk.ts == len(self.vk.events))
        return await far_end.messages(Author.CITIZEN)

    async def anna_says(self, far_end: Dialogue, room: Room, **message: Any) -> None:
        far_end.conversation = await far_end.number()
        await room.hand_to_anna(far_end.conversation)
        live = await room.sequencer.load(far_end.conversation)
        await room.sequencer.committed_step(live, (Message(Author.OPERATOR, at=room.sequencer.now(), by="anna", name="Анна", **message),))

    async def test_the_citizen_is_known_by_the_name_that_vk_tells(self, far_end: Dialogue, room: Room) -> None:
        self.vk.fails("POST /method/users.get", refuses(500))
        await self.said(far_end, new(1, "Здравствуйте", sender=MARIA), new(1, "Hello", lang=3))
        heads = [await room.intake.find(Address(NAME, str(user))) for user in (IVAN, MARIA)]
        assert [head.citizen for head in heads if head] == [Citizen("Иван Петров", language="en"), Citizen()]

    async def test_choices_are_buttons_and_the_one_pressed_is_what_the_citizen_says(self, far_end: Dialogue, room: Room) -> None:
        await self.said(far_end, new(1, "Здравствуйте"))
        long = "Как получить загранпаспорт нового поколения ребёнку до четырнадцати лет"
        await self.anna_says(far_end, room, text="Выберите", choices=("Да", "Нет", long, "x" * 400, *(f"Ответ номер {n} из многих подобных" for n in range(9))))
        await far_end.hears("Выберите")
        keyboard = self.vk.messages[-1]["keyboard"]
        actions = [button["action"] for row in keyboard["buttons"] for button in row]
        assert keyboard["inline"] is True
        assert len(keyboard["buttons"]) <= 6
        assert all(len(action["label"]) <= 40 and len(action["payload"]) <= 255 and action["type"] == "text" for action in actions)
        assert "• Ответ номер 8 из многих подобных" in self.vk.spoken[-1]
        said = await self.said(far_end, new(2, actions[2]["label"], payload=actions[2]["payload"]), new(3, "Да", payload="{broken"))
        assert [each.text for each in said[-2:]] == [long, "Да"]

    async def test_the_button_that_opens_a_dialogue_says_good_day(self, far_end: Dialogue) -> None:
        said = await self.said(far_end, new(1, "Начать", payload='{"command":"start"}'))
        assert [each.text for each in said] == [STARTED]

    async def test_files_pictures_and_voices_come_whole_with_their_words(self, far_end: Dialogue, room: Room) -> None:
        self.vk.files |= {"s.png": b"small", "l.png": PNG, "doc": b"%PDF-1.4 \xd0", "v.ogg": b"OggS" + b"\0" * 24 + b"OpusHead" + b"\0" * 9}
        sizes = [{"type": "s", "url": f"{self.vk.base}/files/s.png", "width": 10, "height": 10},
                 {"type": "w", "url": f"{self.vk.base}/files/l.png", "width": 900, "height": 900}]
        doc = {"id": 1, "owner_id": 2, "title": "Справка.pdf", "size": 10, "ext": "pdf", "url": f"{self.vk.base}/files/doc"}
        voice = {"duration": 3, "link_ogg": f"{self.vk.base}/files/v.ogg", "link_mp3": "x", "transcript": "где паспорт", "waveform": [1]}
        said = await self.said(
            far_end, new(1, "", attachments=[{"type": "photo", "photo": {"sizes": sizes}}]),
            new(2, "Вот", attachments=[{"type": "doc", "doc": doc}]), new(3, "", attachments=[{"type": "audio_message", "audio_message": voice}]))
        assert [each.text for each in said] == ["", "Вот", "Голосовое сообщение: «где паспорт»"]
        assert [(a.name, a.type) for each in said for a in each.attachments] == [
            ("Фото.png", "image/png"), ("Справка.pdf", "application/pdf"), ("Голосовое сообщение.ogg", "audio/ogg")]
        for attachment in (a for each in said for a in each.attachments):
            assert await room.store.get(Upload, key_of(await far_end.number(), attachment.file)) is not None

    async def test_what_could_not_be_fetched_is_told_to_the_operator_in_words(self, far_end: Dialogue) -> None:
        doc = {"title": "a.bin", "size": 5000, "url": f"{self.vk.base}/files/none"}
        said = await self.said(far_end, new(1, "вот", attachments=[
            {"type": "doc", "doc": doc}, {"type": "doc", "doc": doc | {"size": 5}}, {"type": "photo", "photo": {"sizes": []}}]))
        assert said[0].text.splitlines() == [
            "вот", "[Файл «a.bin»: файл не получен, он больше 0.000954 МБ]", "[Файл «a.bin»: файл не получен, HTTP 404]",
            "[Фото «Фото.jpg»: файл не получен, ссылки на него нет]"]

    async def test_places_stickers_videos_links_and_the_unknown_are_told_in_words(self, far_end: Dialogue) -> None:
        geo = {"type": "point", "coordinates": {"latitude": 55.75, "longitude": 37.61}}
        video = {"id": 5, "owner_id": -7, "title": "Двор"}
        said = await self.said(
            far_end, new(1, "", geo=geo), new(2, "", geo={"coordinates": "?"}), new(3, "", attachments=[{"type": "sticker", "sticker": {"sticker_id": 1}}]),
            new(4, "см.", attachments=[{"type": "video", "video": video}, {"type": "link", "link": {"url": "https://gosuslugi.ru", "title": "Портал"}}]),
            new(5, "", attachments=[{"type": "hologram", "hologram": {"depth": 3}}, 5, {"type": "doc", "doc": {"size": "?"}}]), new(6, ""))
        assert [each.text for each in said] == [
            "Местоположение: 55.750000, 37.610000", "Местоположение, которое не удалось прочитать", "Стикер",
            "см.\nВидео «Двор»: https://vk.com/video-7_5\nСсылка: Портал https://gosuslugi.ru",
            "Вложение, которое здесь не показать\nВложение, которое не удалось прочитать\nВложение, которое не удалось прочитать", "Пустое сообщение"]

    async def test_an_answer_keeps_its_quote_folded_and_forwards_are_followed(self, far_end: Dialogue) -> None:
        inner = {"from_id": MARIA, "text": "Глубже", "date": 1, "attachments": [], "fwd_messages": [{"from_id": 1, "text": "Ещё глубже"}, 5]}
        said = await self.said(far_end, new(1, "Да", reply_message={"from_id": -GROUP, "text": "Вам помочь?"}), new(2, "Вот", fwd_messages=[inner]))
        assert (said[0].text, said[0].folded) == ("Да", "Ответ на сообщение: Вам помочь?")
        assert said[1].text == "Вот\nПереслано: Глубже\nПереслано: Ещё глубже\nПереслано: Сообщение, которое не удалось прочитать"

    async def test_a_correction_is_a_new_message(self, far_end: Dialogue) -> None:
        said = await self.said(far_end, new(1, "Паспорт"), edited(1, "Паспорт РФ", 5), edited(1, "Паспорт РФ", 5), edited(1, "Паспорт РФ!", 6))
        assert [each.text for each in said] == ["Паспорт", "Исправлено: Паспорт РФ", "Исправлено: Паспорт РФ!"]

    async def test_whoever_forbids_messages_has_left(self, far_end: Dialogue, room: Room) -> None:
        await self.said(far_end, new(1, "Здравствуйте"), event("message_deny", {"user_id": IVAN}))
        head = await room.intake.find(far_end.address)
        assert head is not None
        assert isinstance(head.holder, Closed)

    async def test_chats_and_communities_are_not_taken_in(self, far_end: Dialogue, room: Room) -> None:
        said = await self.said(
            far_end, new(1, "в беседе", peer=2_000_000_001), new(2, "сообщество", sender=-GROUP, peer=IVAN), event("message_reply", {"id": 1}),
            event("like_add", {}), new(3, "лично"))
        assert [each.text for each in said] == ["лично"]
        assert len(await room.store.recent()) == 1

    async def test_an_event_that_cannot_be_read_blocks_nobody(self, far_end: Dialogue, caplog: pytest.LogCaptureFixture) -> None:
        broken = new(1, "сломано")
        del broken["object"]["message"]["peer_id"]
        with caplog.at_level(logging.WARNING):
            said = await self.said(far_end, broken, event("message_new", {}), event("brand_new", {}), event("message_read", {"from_id": "?"}), new(2, "цело"))
        assert [each.text for each in said] == ["цело"]
        assert sum("unreadable update" in record.message for record in caplog.records) == 3
        assert "сломано" not in caplog.text

    async def test_what_the_citizen_has_read_is_told(self, far_end: Dialogue, room: Room) -> None:
        await self.said(far_end, new(1, "Здравствуйте"))
        await self.anna_says(far_end, room, text="первое")
        await self.anna_says(far_end, room, text="второе")
        await far_end.hears("второе")
        last = self.vk.messages[-1]["id"]
        await self.said(far_end, event("message_read", {"from_id": IVAN, "peer_id": IVAN, "read_message_id": last, "conversation_message_id": 9}))
        told = [record.entry for record in await far_end.records() if isinstance(record.entry, Carried)]
        assert [each.state for each in told][-2:] == [Delivery.READ] * 2
        assert len({each.record for each in told}) == len(told)

    async def test_typing_goes_both_ways_and_its_failure_harms_nobody(self, far_end: Dialogue, driver: Vk, room: Room) -> None:
        await self.said(far_end, new(1, "Здравствуйте"), event("message_typing_state", {"state": "typing", "from_id": IVAN, "to_id": -GROUP}))
        await self.anna_says(far_end, room, text="Минуту")
        await far_end.hears("Минуту")
        driver.signal(far_end.conversation, OperatorTyping())
        driver.signal(far_end.conversation, OperatorSaw(1))
        driver.signal(12345, OperatorTyping())
        await self.vk.until(lambda: len(self.vk.activities) == 2)
        assert sorted(self.vk.activities) == [("messages.markAsRead", str(IVAN)), ("messages.setActivity", str(IVAN))]
        self.vk.fails("POST /method/messages.setActivity", refuses(500))
        driver.signal(far_end.conversation, OperatorTyping())
        await self.vk.until(lambda: self.vk.unspent == 0)

    async def test_health_says_who_it_is_and_why_it_is_down(self, far_end: Dialogue, driver: Vk) -> None:
        assert not driver.health().up
        await self.said(far_end, new(1, "Здравствуйте"))
        assert (driver.health().up, driver.health().words) == (True, "сообщество «Окно», опрос")
        assert [each.words for each in await findings(driver)] == ["сообщество «Окно»: ключ подходит", "приём сообщений VK: опрос разрешён"]
        (self.folder / "token").write_text("wrong")
        other = connect({"token_file": str(self.folder / "token"), "group": GROUP, "api": f"{self.vk.base}/method/"},
                        far_end.room.intake, far_end.room.store, None, limited=False)  # type: ignore[arg-type]  # no file is kept
        assert "token_file" in await wrong(other)
        await other.close()

    async def test_the_key_of_another_community_is_told(self, room: Room) -> None:
        other = connect({"token_file": str(self.folder / "token"), "group": 5, "api": f"{self.vk.base}/method/"},
                        room.intake, room.store, None, limited=False)  # type: ignore[arg-type]  # no file is kept
        assert "сообщества 5" in await wrong(other)
        await other.close()

    async def test_neither_texts_nor_the_key_are_logged(self, far_end: Dialogue, caplog: pytest.LogCaptureFixture, driver: Vk) -> None:
        # SE-03
        with caplog.at_level(logging.DEBUG):
            await self.said(far_end, new(1, "Тайна"))
            await far_end.hears("")
            await self.vk.go_away()
            lost = await wrong(driver)
            await self.vk.come_back()
        logged = " ".join(record.getMessage() for record in caplog.records if record.name != "aiohttp.access")  # of the double
        assert "vk1.a" not in logged + lost
        assert "Тайна" not in logged


class TestCallback(VkRoom):
    pushes = True

    async def test_nobody_but_vk_is_heard(self, far_end: Dialogue, room: Room, peer: VkDouble) -> None:
        # SE-01
        async with mounted(room.channel) as base, aiohttp.ClientSession() as http:
            for spoilt in ({"secret": "wrong"}, {"secret": "\u00e9"}, {}, {"secret": SECRET, "group_id": 5}, {"secret": "", "type": "confirmation"}):
                async with http.post(f"{base}/vk/events", json=new(1, "ложь") | spoilt) as answer:
                    assert answer.status == 403
                    assert "c0nf1rm" not in await answer.text()
            for body in (b"", b"{", b"\xff", b"x" * (2 << 20), b"[]", b"null", b'{"type": 5}', b"[" * 200_000):
                async with http.post(f"{base}/vk/events", data=body) as answer:
                    assert answer.status == 400
            async with http.post(f"{base}/vk/events", json=event("message_new", {}) | {"secret": SECRET}) as answer:
                assert (answer.status, await answer.text()) == (200, "ok")
            peer.hook = base
            await peer.confirm(http)
        assert peer.confirmed == "c0nf1rm"
        assert await room.store.recent() == []

    async def test_health_says_where_vk_calls(self, far_end: Dialogue, driver: Vk) -> None:
        await far_end.say("1", "Здравствуйте")
        await far_end.acknowledged("1")
        assert driver.health().words == f"сообщество «Окно», вызовы на {HOOK}"


class TestSettings(VkRoom):
    @pytest.mark.parametrize(("settings", "named"), [
        ({"group": 1}, "token_file"), ({"token_file": "{token}"}, "group"), ({"token_file": "/none", "group": 1}, "/none"),
        ({"token_file": "{token}", "group": "x"}, "group"), ({"token_file": "{token}", "group": 1, "grup": 1}, "grup"),
        ({"token_file": "{token}", "group": 1, "callback": {"url": "http://a/b", "secret_file": "{secret}", "confirmation": "1"}}, "callback.url"),
        ({"token_file": "{token}", "group": 1, "callback": {"url": "https://a/b", "secret_file": "{secret}"}}, "confirmation"),
    ])
    def test_a_wrong_setting_stops_the_start_and_is_named(self, room: Room, settings: dict[str, object], named: str) -> None:
        text = msgspec.json.encode(settings).decode()
        for name in ("token", "secret"):
            text = text.replace("{" + name + "}", str(self.folder / name))
        with pytest.raises(msgspec.ValidationError, match=named):
            connect(msgspec.json.decode(text), room.intake, room.store, None, limited=False)  # type: ignore[arg-type]  # no file is kept
