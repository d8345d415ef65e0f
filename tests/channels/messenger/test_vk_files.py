"""What VK carries to citizens besides texts: pictures, documents, pages, places, and presses of callback buttons (CH-05, CH-08)."""

import inspect
from typing import Any, ClassVar

import pytest
from vkbottle_types import methods
from vkbottle_types.codegen.responses.docs import DocsGetUploadServerResponse, DocsSaveResponse
from vkbottle_types.codegen.responses.photos import PhotosGetMessagesUploadServerResponse, PhotosSaveMessagesPhotoResponse

from channels.messenger.vk import Vk
from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Attachment, Author, Message
from hub.kernel.errors import UnavailableError, UndeliverableError
from tests.channels.messenger.dialogue import Dialogue
from tests.channels.messenger.vk_room import ADDRESS, VkRoom
from tests.channels.room import Room
from tests.peers.double import CUT, LOST, TORN, Fault, refuses
from tests.peers.max import PNG
from tests.peers.vk import IVAN, VkDouble, event, new

PDF = b"%PDF-1.4 \xd0"


class WithFiles(VkRoom):
    head = Conversation(1, "000-1", ADDRESS, None, WithBot())  # type: ignore[arg-type]  # nobody asks when it began

    async def file(self, room: Room, name: str, content: bytes, kind: str) -> Attachment:
        return Attachment(await room.files.put(content), name, kind, len(content))

    async def send(self, driver: Vk, room: Room, text: str, *files: Attachment, choices: tuple[str, ...] = (), number: int = 10) -> int:
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
    def got(self) -> list[tuple[str, list[str]]]:
        """The messages with the names of their files."""
        return [(said["message"], [self.vk.sent_files[each][0] for each in said["files"]]) for said in self.vk.messages]


class TestFiles(WithFiles):
    async def test_a_picture_goes_as_a_photo_and_any_other_file_as_a_document(self, driver: Vk, room: Room) -> None:
        picture, paper = await self.file(room, "Схема.png", PNG, "image/png"), await self.file(room, 'Справка "2".pdf', PDF, "application/pdf")
        await self.send(driver, room, "Вот схема и справка", picture, paper, choices=("Спасибо",))
        said = self.vk.messages[0]
        assert self.got == [("Вот схема и справка", ["Схема.png", 'Справка "2".pdf'])]
        assert [each[:3] for each in said["files"]] == ["pho", "doc"]
        assert [self.vk.sent_files[each][1] for each in said["files"]] == [PNG, PDF]
        assert said["keyboard"]["buttons"]

    async def test_a_file_needs_no_text(self, driver: Vk, room: Room) -> None:
        await self.send(driver, room, "", await self.file(room, "Справка.pdf", PDF, "application/pdf"))
        assert self.got == [("", ["Справка.pdf"])]

    async def test_more_files_than_a_message_takes_come_in_further_ones(self, driver: Vk, room: Room) -> None:
        files = [await self.file(room, f"{n}.pdf", PDF + bytes([n]), "application/pdf") for n in range(12)]
        await self.send(driver, room, "Документы", *files)
        assert [(text, len(names)) for text, names in self.got] == [("Документы", 10), ("", 2)]

    async def test_a_picture_that_vk_refuses_goes_as_a_document(self, driver: Vk, room: Room) -> None:
        await self.send(driver, room, "Снимок", await self.file(room, "Скан.jpg", b"\xff\xd8\xff broken", "image/jpeg"))
        assert self.got == [("Снимок", ["Скан.jpg"])]
        assert self.vk.messages[0]["files"][0].startswith("doc")

    async def test_a_file_that_vk_refuses_is_told_by_its_name(self, driver: Vk, room: Room) -> None:
        with pytest.raises(UndeliverableError, match=r"файл «setup\.exe»: file type is not allowed"):
            await self.send(driver, room, "Файл", await self.file(room, "setup.exe", b"MZ", "application/octet-stream"))
        self.vk.fails("POST /upload/file", refuses(413))
        with pytest.raises(UndeliverableError, match=r"файл «a\.pdf»: он слишком велик"):
            await self.send(driver, room, "Файл", await self.file(room, "a.pdf", PDF, "application/pdf"), number=11)
        self.vk.fails("POST /method/docs.save", Fault(status=200, body=b'{"error": {"error_code": 105, "error_msg": "Couldn\'t save file"}}'))
        with pytest.raises(UndeliverableError, match=r"файл «a\.pdf»: код 105"):
            await self.send(driver, room, "Файл", await self.file(room, "a.pdf", PDF, "application/pdf"), number=12)

    async def test_a_file_that_is_gone_is_told(self, driver: Vk, room: Room) -> None:
        with pytest.raises(UndeliverableError, match=r"«a\.pdf» нет в хранилище"):
            await self.send(driver, room, "Файл", Attachment("0" * 64, "a.pdf", "application/pdf", 5))

    async def test_a_key_without_the_right_waits_for_it(self, driver: Vk, room: Room) -> None:
        self.vk.file_rights = False
        said = StoredEvent(10, self.head.id, Message(Author.OPERATOR, "Файл", room.sequencer.now(),
                                                     attachments=(await self.file(room, "a.pdf", PDF, "application/pdf"),)))
        with pytest.raises(UnavailableError, match="права на фотографии и документы"):
            await driver.send(self.head, [said])
        self.vk.file_rights = True
        await driver.send(self.head, [said])
        assert self.got == [("Файл", ["a.pdf"])]

    async def test_a_citizen_who_has_forbidden_messages_gets_no_file_either(self, driver: Vk, room: Room) -> None:
        self.vk.fails("POST /method/docs.getMessagesUploadServer", Fault(
            status=200, body=b'{"error": {"error_code": 901, "error_msg": "Can\'t send messages for users without permission"}}'))
        with pytest.raises(UndeliverableError, match="запретил сообществу"):
            await self.send(driver, room, "Файл", await self.file(room, "a.pdf", PDF, "application/pdf"))

    @pytest.mark.parametrize("where", ["/method/docs.getMessagesUploadServer", "/upload/file", "/method/docs.save", "/method/messages.send"])
    @pytest.mark.parametrize("fault", [CUT, LOST, TORN, refuses(500), refuses(429, retry_after="0.05")], ids=["cut", "lost", "torn", "500", "429"])
    async def test_a_file_comes_once_whatever_happens_to_the_requests(self, driver: Vk, room: Room, where: str, fault: Fault) -> None:
        self.vk.fails(f"POST {where}", fault)
        await self.send(driver, room, "Вот", await self.file(room, "a.pdf", PDF, "application/pdf"))
        assert self.got == [("Вот", ["a.pdf"])]
        assert self.vk.unspent == 0

    async def test_what_is_uploaded_is_not_uploaded_again(self, driver: Vk, room: Room) -> None:
        self.vk.fails("POST /method/messages.send", refuses(500), refuses(500))
        assert await self.send(driver, room, "Вот", await self.file(room, "a.pdf", PDF, "application/pdf")) == 3
        assert self.vk.asked.count("POST /upload/file") == 1

    async def test_vkbottle_knows_every_method_and_parameter(self, driver: Vk, room: Room) -> None:
        await self.send(driver, room, "Вот", await self.file(room, "a.png", PNG, "image/png"), await self.file(room, "a.pdf", PDF, "application/pdf"),
                        choices=("Да",))
        for method, parameters in self.vk.asked_with:
            family, name = method.split(".")
            words = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name)
            known = inspect.signature(getattr(getattr(methods, f"{family.title()}Category"), words)).parameters
            assert parameters <= known.keys() | {"v"}, method

    async def test_the_double_answers_as_vkbottle_describes_it(self, peer: VkDouble) -> None:
        await peer.happens()
        forms = {"photos.getMessagesUploadServer": PhotosGetMessagesUploadServerResponse, "docs.getMessagesUploadServer": DocsGetUploadServerResponse}
        for method, model in forms.items():
            assert model.model_validate_json((await peer._media(method, {"peer_id": "1"})).body)
        peer._uploads["t"] = ("a.pdf", PDF)
        assert PhotosSaveMessagesPhotoResponse.model_validate_json(
            (await peer._media("photos.saveMessagesPhoto", {"hash": "t", "server": "1", "photo": "[]"})).body)
        assert DocsSaveResponse.model_validate_json((await peer._media("docs.save", {"file": "t", "title": "a.pdf"})).body)


class TestButtons(WithFiles):
    settings: ClassVar[dict[str, Any]] = {"place_button": True}

    async def test_pages_and_the_place_have_buttons(self, driver: Vk, room: Room) -> None:
        await self.send(driver, room, "Запись: https://gosuslugi.ru/visit. Или сюда?", choices=("Да", "Нет"))
        buttons = [[{key: each["action"].get(key) for key in ("type", "label", "link")} for each in row] for row in self.vk.messages[0]["keyboard"]["buttons"]]
        assert buttons == [
            [{"type": "text", "label": "Да", "link": None}, {"type": "text", "label": "Нет", "link": None}],
            [{"type": "open_link", "label": "Открыть gosuslugi.ru", "link": "https://gosuslugi.ru/visit"}],
            [{"type": "location", "label": None, "link": None}]]

    async def test_with_many_choices_the_keyboard_still_fits(self, driver: Vk, room: Room) -> None:
        await self.send(driver, room, "https://a.ru https://b.ru https://c.ru https://d.ru", choices=tuple(f"Ответ номер {n} из многих" for n in range(12)))
        assert len(self.vk.messages[0]["keyboard"]["buttons"]) == 6
        assert "• Ответ номер 11 из многих" in self.vk.messages[0]["message"]

    async def test_a_community_without_bots_gets_the_choices_in_words(self, driver: Vk, room: Room) -> None:
        self.vk.bots = False
        await self.send(driver, room, "Помогло?", choices=("Да", "Нет"))
        assert self.vk.spoken == ["Помогло?\n• Да\n• Нет"]
        await self.send(driver, room, "Смотрите https://gosuslugi.ru", number=11)
        assert self.vk.spoken[1:] == ["Смотрите https://gosuslugi.ru"]


class TestPresses(VkRoom):
    @pytest.mark.parametrize("payload", [{"choice": "Да, хочу"}, {"other": 1}, "?", None, {"choice": 5}])
    async def test_a_callback_button_is_a_message_and_is_answered(self, far_end: Dialogue, payload: Any) -> None:
        press = {"user_id": IVAN, "peer_id": IVAN, "event_id": "e1", "payload": payload, "conversation_message_id": 3}
        far_end.take_in()
        await self.vk.happens(event("message_event", press), event("message_event", press | {"peer_id": 2_000_000_001, "event_id": "e2"}), new(1, "после"))
        await self.vk.until(lambda: self.vk.ts == len(self.vk.events) and self.vk.answers)
        said = "Да, хочу" if payload == {"choice": "Да, хочу"} else "Нажата кнопка"
        assert [each.text for each in await far_end.messages(Author.CITIZEN)] == [said, "после"]
        assert self.vk.answers == [("e1", f"Вы выбрали: {said}")]


class TestPressesByCallback(TestPresses):
    pushes = True
