"""What MAX carries to citizens besides texts: pictures, documents, pages, places, and the bot's menu (CH-05, CH-08)."""

from typing import Any, ClassVar

import pytest
from maxapi import Bot
from maxapi.enums.upload_type import UploadType
from maxapi.methods.types.sended_message import SendedMessage

from channels.messenger.max import Max
from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Attachment, Author, Message
from hub.kernel.errors import UnavailableError, UndeliverableError
from tests.channels.messenger.dialogue import Dialogue
from tests.channels.messenger.max_room import ADDRESS, MaxRoom
from tests.channels.room import Room
from tests.peers.double import CUT, LOST, TORN, Fault, refuses
from tests.peers.max import PNG, TOKEN, MaxDouble, created

PDF = b"%PDF-1.4 \xd0"


class WithFiles(MaxRoom):
    head = Conversation(1, "000-1", ADDRESS, None, WithBot())  # type: ignore[arg-type]  # nobody asks when it began

    async def file(self, room: Room, name: str, content: bytes, kind: str) -> Attachment:
        return Attachment(await room.files.put(content), name, kind, len(content))

    async def paper(self, room: Room) -> Attachment:
        return await self.file(room, "Справка.pdf", PDF, "application/pdf")

    async def send(self, driver: Max, room: Room, text: str, *files: Attachment, choices: tuple[str, ...] = (), number: int = 10) -> int:
        """As the hub does: until it is taken; gives the number of tries."""
        said = StoredEvent(number, self.head.id, Message(Author.OPERATOR, text, room.sequencer.now(), attachments=files, choices=choices))
        tries = 1
        while True:
            try:
                await driver.send(self.head, [said])
            except UnavailableError:
                tries += 1
            else:
                return tries

    @property
    def came(self) -> list[tuple[str, list[str]]]:
        """The messages with the names of their files."""
        return [(said["body"]["text"], [self.max.got[each["payload"]["token"]][1] for each in said["body"]["attachments"] if "token" in each["payload"]])
                for said in self.max.messages]


class TestFiles(WithFiles):
    async def test_pictures_go_with_the_text_and_each_document_alone(self, driver: Max, room: Room) -> None:
        picture, paper = await self.file(room, 'Схема "А".png', PNG, "image/png"), await self.paper(room)
        sound = await self.file(room, "Ответ.ogg", b"OggS", "audio/ogg")
        await self.send(driver, room, "Вот схема и справка", picture, paper, sound, await self.file(room, "b.txt", b"b", "text/plain"), choices=("Спасибо",))
        assert self.came == [("Вот схема и справка", ["Схема 'А'.png", "Ответ.ogg"]), ("", ["Справка.pdf"]), ("", ["b.txt"])]
        assert [each["type"] for each in self.max.messages[0]["body"]["attachments"]] == ["image", "audio", "inline_keyboard"]
        assert [content for _, _, content in self.max.got.values()] == [PNG, b"OggS", PDF, b"b"]
        assert all(SendedMessage(message=said) for said in self.max.messages)

    async def test_a_file_needs_no_text(self, driver: Max, room: Room) -> None:
        await self.send(driver, room, "", await self.paper(room), *[await self.file(room, f"{n}.png", PNG + bytes([n]), "image/png") for n in range(12)])
        assert [(text, len(names)) for text, names in self.came] == [("", 10), ("", 2), ("", 1)]

    async def test_the_key_of_the_bot_does_not_go_where_files_are_uploaded(self, driver: Max, room: Room) -> None:
        await self.send(driver, room, "Вот", await self.paper(room))
        assert self.max.tokens_at_files == []

    async def test_a_file_that_max_is_still_working_on_is_waited_for(self, driver: Max, room: Room) -> None:
        self.max.busy = 2
        assert await self.send(driver, room, "", await self.paper(room)) == 1
        assert self.came == [("", ["Справка.pdf"])]
        assert self.max.asked.count("POST /uploads") == 1

    async def test_what_stays_unfinished_is_tried_later_and_not_uploaded_again(self, driver: Max, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("channels.messenger.max_outbox.NOT_READY_PAUSES_S", (0.01, 0.01))
        self.max.busy = 4
        assert await self.send(driver, room, "", await self.paper(room)) == 2
        assert self.max.asked.count("POST /uploads") == 1

    async def test_a_file_that_max_refuses_is_told_by_its_name(self, driver: Max, room: Room) -> None:
        with pytest.raises(UndeliverableError, match=r"файл «setup\.exe»: HTTP 400"):
            await self.send(driver, room, "", await self.file(room, "setup.exe", b"MZ", "application/octet-stream"))
        self.max.fails("POST /upload/1", Fault(status=200, body=b'{"photos": {}}'))
        with pytest.raises(UndeliverableError, match="сервер файлов его не принял"):
            await self.send(driver, room, "", await self.file(room, "a.png", PNG, "image/png"), number=11)

    async def test_a_file_that_is_gone_is_told(self, driver: Max, room: Room) -> None:
        with pytest.raises(UndeliverableError, match=r"«a\.pdf» нет в хранилище"):
            await self.send(driver, room, "", Attachment("0" * 64, "a.pdf", "application/pdf", 5))

    @pytest.mark.parametrize("where", ["/uploads", "/upload/0", "/messages"])
    @pytest.mark.parametrize("fault", [CUT, LOST, TORN, refuses(500), refuses(503), refuses(429, retry_after="0.05")],
                             ids=["cut", "lost", "torn", "500", "503", "429"])
    async def test_a_file_comes_once_whatever_happens_to_the_requests(self, driver: Max, room: Room, where: str, fault: Fault) -> None:
        self.max.fails(f"POST {where}", fault)
        await self.send(driver, room, "", await self.paper(room))
        await self.send(driver, room, "", await self.file(room, "Другая.pdf", PDF + b"!", "application/pdf"), number=11)
        assert self.came == [("", ["Справка.pdf"]), ("", ["Другая.pdf"])]
        assert self.max.unspent == 0

    async def test_the_double_answers_as_maxapi_describes_it(self, peer: MaxDouble) -> None:
        bot = Bot(TOKEN, auto_requests=False)
        bot.set_api_url(peer.base)
        tokens = [(await bot.get_upload_url(kind)).token for kind in UploadType]
        await bot.close_session()
        assert tokens == [None, "token-1", "token-2", None]


class TestButtons(WithFiles):
    settings: ClassVar[dict[str, Any]] = {"contact_button": "Мой номер", "place_button": "Где я", "commands": {"operator": "Позовите оператора"}}

    async def test_pages_the_number_and_the_place_have_buttons(self, driver: Max, room: Room) -> None:
        await self.send(driver, room, "Запись: https://gosuslugi.ru/visit, или сюда", choices=("Да",))
        buttons = self.max.messages[0]["body"]["attachments"][0]["payload"]["buttons"]
        assert [(each["type"], each["text"]) for row in buttons for each in row] == [
            ("callback", "Да"), ("link", "Открыть gosuslugi.ru"), ("request_contact", "Мой номер"), ("request_geo_location", "Где я")]
        assert buttons[1][0]["url"] == "https://gosuslugi.ru/visit"

    async def test_the_largest_keyboard_fits(self, driver: Max, room: Room) -> None:
        await self.send(driver, room, "https://a.ru https://b.ru https://c.ru https://d.ru", choices=tuple(f"Ответ номер {n} из очень многих" for n in range(40)))
        assert len(self.max.messages[0]["body"]["attachments"][0]["payload"]["buttons"]) == 30

    async def test_the_menu_is_published_and_a_command_says_what_it_stands_for(self, far_end: Dialogue) -> None:
        far_end.take_in()
        await self.max.happens(created("m1", "/operator"), created("m2", "/other"), created("m3", "operator"))
        await self.max.until(lambda: self.max.marker == 3)
        assert [each.text for each in await far_end.messages(Author.CITIZEN)] == ["Позовите оператора", "/other", "operator"]
        await self.max.until(lambda: self.max.commands)
        assert self.max.commands == [{"name": "operator", "description": "Позовите оператора"}]
