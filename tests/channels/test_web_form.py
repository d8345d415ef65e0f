"""The web form keeps the contract of all channels with a browser's own bytes, and its own about sheets sent twice (CH-05, CH-06)."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import aiohttp
import msgspec
import pytest

from bots.russian import Russian
from channels.web.appeal import code_in, grouped, new_code
from channels.web.form import connect
from hub.conversations.address import Address, Citizen, Person
from hub.conversations.conversation import Closed, InQueue, hand_over
from hub.conversations.journal import HandedOver
from hub.conversations.message import Author, Message
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from hub.organisation.territory import Place
from tests.browser.stage import png
from tests.channels.contract import QUESTION, ChannelContract
from tests.channels.line import PATIENCE_S
from tests.channels.outbox import Outbox, cut_off
from tests.channels.room import Room, ValvedSqlite, room_with
from tests.channels.served import served
from tests.storage.data import eventually

UNKNOWN = "Сколько крокодилов живёт в пруду у ратуши?"
TOWNS = [{"name": "Балашиха", "subject": "50", "municipality": "46704000"}]


def sheet(key: str, text: str, files: tuple[tuple[str, bytes], ...] = (), **more: str) -> aiohttp.FormData:
    """A filled-in form as a browser posts it."""
    data = aiohttp.FormData(default_to_multipart=True)
    for name, value in ({"key": key, "text": text, "consent": "1", "reply": "look", "person": "individual", "lang": "ru"} | more).items():
        data.add_field(name, value)
    for name, content in files:
        data.add_field("files", content, filename=name, content_type="application/octet-stream")
    if not files:
        data.add_field("files", b"", filename="", content_type="application/octet-stream")  # a browser sends an empty one
    return data


class Browser:
    """tests.channels.contract.FarEnd: whoever fills in the form and then looks at its page."""

    def __init__(self, http: aiohttp.ClientSession, base: str, room: Room) -> None:
        self.http, self.base, self._room = http, base, room
        self.code = ""
        self.conversation = 0
        self.outbox = Outbox(self._post)
        self._first = ""
        self._keys: dict[str, str] = {}
        self._shown: dict[int, str] = {}
        self._news = asyncio.Condition()
        self._following: asyncio.Task[None] | None = None

    async def post(self, path: str, data: aiohttp.FormData, **headers: str) -> tuple[int, str, str]:
        """Status, where it leads, and the page."""
        async with self.http.post(self.base + path, data=data, headers=headers, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location", ""), await answer.text()

    async def get(self, path: str) -> tuple[int, str]:
        async with self.http.get(self.base + path) as answer:
            return answer.status, await answer.text()

    async def _post(self, key: str, text: str) -> int:
        self._first = self._first or key
        nonce = self._keys.setdefault(key, new_code())
        if key != self._first:
            return (await self.post(f"/form/{grouped(self.code)}", sheet(nonce, text)))[0]
        status, location, _ = await self.post("/form", sheet(nonce, text))
        if status == 303 and not self.code:
            self.code = code_in(location.partition("/form/")[2].partition("?")[0])
            head = await self._room.intake.find(address_of(self.code))
            assert head is not None
            self.conversation = head.id
            await self.come_back()
        return status

    async def say(self, key: str, text: str) -> None:
        self.outbox.put(key, text)

    async def acknowledged(self, key: str) -> None:
        assert await self.outbox.answered(key) == 303

    async def refused(self, key: str) -> None:
        assert await self.outbox.answered(key) == 503

    async def nothing_came(self) -> bool:
        await self.get("/form")
        return not self.outbox.answers

    async def hears(self, text: str) -> None:
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: any(text in shown for shown in self._shown.values()))

    async def come_back(self) -> None:
        self._following = asyncio.create_task(self._follow())

    async def leave(self) -> None:
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    async def _follow(self) -> None:
        """As EventSource: what was seen last is named when it comes back."""
        seen = str(max(self._shown, default=0))
        async with self.http.get(f"{self.base}/form/{self.code}/events", headers={"Last-Event-ID": seen}, timeout=aiohttp.ClientTimeout()) as answer:
            assert answer.content_type == "text/event-stream"
            event: dict[str, str] = {}
            async for line in answer.content:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    event[name] = event[name] + "\n" + value if name in event else value
                    continue
                if event.get("event") == "message":
                    async with self._news:
                        assert int(event["id"]) not in self._shown
                        self._shown[int(event["id"])] = event["data"]
                        self._news.notify_all()
                event = {}

    def heard(self) -> list[str]:
        return [unescape(re.sub("<[^>]+>", "", re.sub('<p class="who">.*?</p>', "", shown))) for _, shown in sorted(self._shown.items())]

    async def close(self) -> None:
        await self.outbox.close()
        await self.leave()


def address_of(code: str) -> Address:
    return Address("web.form", hashlib.sha256(code.encode()).hexdigest())


class TestWebForm(ChannelContract):
    def connect(self, intake: Intake, store: Store, files: Files) -> Channel:
        return connect({"towns": TOWNS, "files": 2, "files_limit": 1 << 16}, intake, store, files, limited=False)

    @pytest.fixture
    async def far_end(self, room: Room) -> AsyncIterator[Browser]:
        async with served(room) as base, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            browser = Browser(http, base, room)
            yield browser
            await browser.close()
            await room.channel.close()

    async def test_a_letter_that_the_robot_does_not_know_goes_to_a_person_at_once(self, room: Room, far_end: Browser) -> None:
        # CH-05: nobody is there to be asked back
        await far_end.say("1", UNKNOWN)
        await far_end.acknowledged("1")
        await far_end.hears("Номер обращения")
        head = await room.store.conversation(far_end.conversation)
        assert head is not None
        assert isinstance(head.holder, InQueue)

    async def test_all_that_was_filled_in_is_kept(self, room: Room, far_end: Browser) -> None:
        # CH-05
        key = new_code()
        status, location, _ = await far_end.post("/form", sheet(
            key, "<b>Где</b> МФЦ?\r\nСпасибо", (("Справка.png", png()),), name="ООО «Ромашка»", reply="email", email="a@example.ru",
            person="organisation", town="Балашиха"))
        assert (status, location) == (303, f"/form/{grouped(key)}?lang=ru")
        head = await room.intake.find(address_of(key))
        assert head is not None
        assert (head.citizen.name, head.citizen.person, head.place) == ("ООО «Ромашка»", Person.ORGANISATION, Place("50", "46704000"))
        message = next(r.entry for r in await room.store.records(head.id) if isinstance(r.entry, Message) and r.entry.author is Author.CITIZEN)
        assert message.text == "<b>Где</b> МФЦ?\nСпасибо"
        assert "письмом" in message.folded
        assert "a@example.ru" not in repr(await room.store.records(head.id))
        assert (await room.intake.subject.consents(head.id)).contact.email == "a@example.ru"
        assert "Согласие на обработку персональных данных: дано" in message.folded
        status, page = await far_end.get(location)
        assert (status, head.number in page, "&lt;b&gt;Где&lt;/b&gt; МФЦ?" in page, "<b>Где" in page) == (200, True, True, False)
        async with far_end.http.get(f"{far_end.base}/form/{key}/files/{message.attachments[0].file}") as answer:
            assert (await answer.read(), answer.headers["Content-Type"]) == (png(), "image/png")

    async def test_neither_a_letter_nor_what_is_added_is_acknowledged_before_it_is_stored(self, room: Room, far_end: Browser) -> None:
        # CH-06: the conversation is open already, so that it is the message alone that stands before the store
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        key = new_code()
        await room.intake.open(address_of(key), Citizen())
        room.store.shut = True
        await far_end.say("2", "И сколько это стоит?")
        letter = asyncio.create_task(far_end.post("/form", sheet(key, QUESTION)))

        async def both_wait() -> bool:
            return len(room.store.kept) == 2

        await eventually(both_wait)
        assert not letter.done()
        assert await far_end.nothing_came()
        room.store.open()
        await far_end.acknowledged("2")
        assert (await letter)[0] == 303

    async def test_two_clicks_at_once_are_one_letter(self, room: Room, far_end: Browser) -> None:
        # CH-06
        key = new_code()
        answers = await asyncio.gather(*(far_end.post("/form", sheet(key, QUESTION)) for _ in range(5)))
        assert {(status, location) for status, location, _ in answers} == {(303, f"/form/{grouped(key)}?lang=ru")}
        head = await room.intake.find(address_of(key))
        assert head is not None
        assert await room.said(head.id) == [QUESTION]

    async def test_whoever_goes_back_and_changes_it_says_more(self, room: Room, far_end: Browser) -> None:
        # CH-06: the sheet is the same, what is on it is not
        key = new_code()
        for text in (QUESTION, QUESTION + " Срочно!", QUESTION):
            assert (await far_end.post("/form", sheet(key, text)))[0] == 303
        head = await room.intake.find(address_of(key))
        assert head is not None
        assert await room.said(head.id) == [QUESTION, QUESTION + " Срочно!"]

    async def test_a_sheet_sent_again_after_the_end_opens_nothing(self, room: Room, far_end: Browser) -> None:
        # CH-06: a lost answer, and an operator who was faster
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        live = await room.sequencer.load(far_end.conversation)
        over = Closed(room.sequencer.now(), "other", "anna")
        await room.sequencer.committed_step(live, (Message(Author.OPERATOR, "Ответ", over.at, by="anna"),))
        await room.sequencer.committed_step(live, (HandedOver(over.at, over, "closed", "anna"),), head=hand_over(live.head, over))
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        assert isinstance((await room.sequencer.load(far_end.conversation)).head.holder, Closed)

    @pytest.mark.parametrize(("changed", "said"), [
        ({"consent": ""}, "Без согласия"), ({"text": "  "}, "Напишите, о чём"), ({"text": "ы" * 8001}, "длиннее 8000"),
        ({"reply": "email", "email": "кому"}, "адрес почты"), ({"reply": "phone", "phone": "12"}, "номер телефона"),
        ({"town": "Атлантида"}, "из списка"), ({"name": "я" * 201}, "Слишком длинно")])
    async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(self, room: Room, far_end: Browser, changed: dict[str, str], said: str) -> None:
        # CH-05
        key = new_code()
        filled = {"name": "Пётр & Ко", "phone": "+7 916 123-45-67"} | changed
        status, _, page = await far_end.post("/form", sheet(key, filled.pop("text", QUESTION), **filled))
        assert status == 422
        assert said in page
        assert f'value="{key}"' in page
        assert unescape(page).count(changed.get("text", QUESTION)) == 1 or not changed.get("text", QUESTION).strip()
        assert 'aria-invalid="true"' in page
        assert await room.intake.find(address_of(key)) is None

    @pytest.mark.parametrize(("files", "status", "said"), [
        ((("a.exe", b"MZ\x90\0\x03\0\0\0"),), 415, "Такие файлы"), ((("a.txt", b"x" * (1 << 16)), ("b.txt", b"y")), 413, "слишком велики"),
        ((("a.txt", b"1"), ("b.txt", b"2"), ("c.txt", b"3")), 413, "Слишком много файлов")])
    async def test_files_that_are_not_taken_cost_no_text(
        self, room: Room, far_end: Browser, files: tuple[tuple[str, bytes], ...], status: int, said: str,
    ) -> None:
        # CH-05
        key = new_code()
        answered, _, page = await far_end.post("/form", sheet(key, QUESTION, files))
        assert (answered, said in page, QUESTION in page) == (status, True, True)
        assert await room.intake.find(address_of(key)) is None
        answered, _, page = await far_end.post("/form", sheet(key, "", files))
        assert (answered, said in page) == (status, True)

    async def test_a_full_store_gives_the_form_back_as_it_was(self, room: Room, far_end: Browser) -> None:
        # CH-06
        key = new_code()
        room.store.full = True
        async with far_end.http.post(far_end.base + "/form", data=sheet(key, QUESTION), allow_redirects=False) as answer:
            page = await answer.text()
            assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
        assert "не сохранено" in page
        assert QUESTION in page
        assert f'value="{key}"' in page

    async def test_a_form_that_breaks_off_is_no_letter(self, room: Room, far_end: Browser) -> None:
        # CH-06: the line went down in the middle; what comes again is whole
        key = new_code()
        part = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        fields = {"key": key, "consent": "1", "text": QUESTION * 50}
        body = b"".join(part % (name.encode(), value.encode()) for name, value in fields.items()) + b"--x--\r\n"
        await cut_off(far_end.base + "/form", body, {"Content-Type": "multipart/form-data; boundary=x"})
        assert await far_end.nothing_came()
        assert await room.intake.find(address_of(key)) is None
        assert (await far_end.post("/form", sheet(key, QUESTION)))[0] == 303

    async def test_a_form_of_another_site_is_refused(self, room: Room, far_end: Browser) -> None:
        # SE-01: its code would be known to whoever made it
        for origin in ("https://evil.example", "null", far_end.base + ".evil.example"):
            status, _, _ = await far_end.post("/form", sheet(key := new_code(), QUESTION), Origin=origin)
            assert status == 403
            assert await room.intake.find(address_of(key)) is None
        assert (await far_end.post("/form", sheet(new_code(), QUESTION), Origin=far_end.base))[0] == 303

    async def test_the_page_is_found_by_number_and_code_together(self, room: Room, far_end: Browser) -> None:
        # CH-06
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        head = await room.intake.find(address_of(far_end.code))
        assert head is not None

        async def look(number: str, code: str) -> tuple[int, str]:
            async with far_end.http.post(far_end.base + "/form/look", data={"number": number, "code": code}, allow_redirects=False) as answer:
                return answer.status, answer.headers.get("Location", "")

        assert await look(head.number.replace("-", " "), far_end.code.lower()) == (303, f"/form/{grouped(far_end.code)}?lang=ru")
        for number, code in ((head.number, new_code()), ("000-261124-99999-9", far_end.code), ("", far_end.code), (head.number, "")):
            assert (await look(number, code))[0] == 404
        status, page = await far_end.get(f"/form/{new_code()}")
        assert (status, "Проверьте номер и код" in page) == (404, True)

    async def test_the_script_adds_without_leaving_the_page(self, room: Room, far_end: Browser) -> None:
        # CH-05
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        path = f"/form/{grouped(far_end.code)}"
        status, _, body = await far_end.post(path, sheet(new_code(), "И ещё вопрос"), Accept="application/json")
        assert (status, set(msgspec.json.decode(body))) == (200, {"key"})
        status, _, body = await far_end.post(path, sheet(new_code(), " "), Accept="application/json")
        assert (status, msgspec.json.decode(body)["error"]) == (422, "empty")
        await far_end.hears("И ещё вопрос")
        assert await room.said(far_end.conversation) == [QUESTION, "И ещё вопрос"]

    async def test_closing_ends_every_page_s_events(self, room: Room, far_end: Browser) -> None:
        await far_end.say("1", QUESTION)
        await far_end.acknowledged("1")
        await far_end.hears(QUESTION)
        await room.channel.close()
        async with asyncio.timeout(PATIENCE_S):
            assert far_end._following is not None
            await far_end._following

    async def test_english_is_spoken_too(self, far_end: Browser) -> None:
        _, page = await far_end.get("/form?lang=en")
        assert '<html lang="en">' in page
        assert "not an appeal under Federal Law 59‑FZ" in page
        assert "назови" not in page
        for path in ("/form/look", "/form/consent"):
            assert '<html lang="en">' in (await far_end.get(path + "?lang=en"))[1]


class TestKilled:
    """CH-06: killed between the commit and the answer, and sent again to the next process."""

    async def test_a_letter_that_was_stored_but_not_answered(self, tmp_path: Path, russian: Russian) -> None:
        key = new_code()

        def form(intake: Intake, store: Store, files: Files) -> Channel:
            return connect({}, intake, store, files, limited=False)

        async with room_with(form, ValvedSqlite, tmp_path, russian) as room, served(room) as base, aiohttp.ClientSession() as http:
            await room.intake.open(address_of(key), Citizen())
            room.store.hushed = True
            lost = asyncio.create_task(http.post(base + "/form", data=sheet(key, QUESTION)))
            await room.store.reached.wait()
            lost.cancel()
            await asyncio.gather(lost, return_exceptions=True)
        async with room_with(form, ValvedSqlite, tmp_path, russian) as room, served(room) as base, aiohttp.ClientSession() as http:
            async with http.post(base + "/form", data=sheet(key, QUESTION), allow_redirects=False) as answer:
                assert answer.status == 303
            head = await room.intake.find(address_of(key))
            assert head is not None
            assert await room.said(head.id) == [QUESTION]


class TestNameless:
    async def test_a_centre_that_keeps_no_names_gets_none(self, tmp_path: Path, russian: Russian) -> None:
        # FD-04, SE-05: neither asked for nor kept, whatever is posted
        def form(intake: Intake, store: Store, files: Files) -> Channel:
            return connect({"contacts": False}, intake, store, files, limited=False)

        async with room_with(form, ValvedSqlite, tmp_path, russian) as room, served(room) as base, aiohttp.ClientSession() as http:
            async with http.get(base + "/form") as answer:
                page = await answer.text()
                assert not any(f'name="{field}"' in page for field in ("name", "email", "phone", "reply"))
            told = sheet(key := new_code(), QUESTION, name="Пётр Волков", reply="phone", phone="+79161234567")
            async with http.post(base + "/form", data=told, allow_redirects=False) as answer:
                assert answer.status == 303
            head = await room.intake.find(address_of(key))
            assert head is not None
            kept = repr((head, await room.store.records(head.id)))
            assert "дано" in kept
            assert not any(word in kept for word in ("Волков", "79161234567"))  # fewer digits may stand in a number of the hub


class TestLimits:
    async def test_a_flood_of_forms_is_slowed_in_words(self, tmp_path: Path, russian: Russian) -> None:
        # SE-01
        def form(intake: Intake, store: Store, files: Files) -> Channel:
            return connect({"submissions": {"burst": 3, "per_minute": 1}}, intake, store, files, limited=True)

        async with room_with(form, ValvedSqlite, tmp_path, russian) as room, served(room) as base, aiohttp.ClientSession() as http:
            statuses = []
            for _ in range(5):
                async with http.post(base + "/form", data=sheet(new_code(), QUESTION), allow_redirects=False) as answer:
                    statuses.append(answer.status)
                    page = await answer.text()
                assert 0 < int(answer.headers.get("Retry-After", "60")) <= 60  # less by what the other forms have taken
            assert statuses == [303, 303, 303, 429, 429]
            assert QUESTION in page
            assert "Слишком часто" in page


    async def test_tries_of_number_and_code_are_slowed(self, tmp_path: Path, russian: Russian) -> None:
        # SE-01
        def form(intake: Intake, store: Store, files: Files) -> Channel:
            return connect({"looks": {"burst": 3, "per_minute": 1}}, intake, store, files, limited=True)

        async with room_with(form, ValvedSqlite, tmp_path, russian) as room, served(room) as base, aiohttp.ClientSession() as http:
            statuses = []
            for _ in range(5):
                async with http.post(base + "/form/look", data={"number": "1", "code": new_code()}) as answer:
                    statuses.append(answer.status)
            assert statuses == [404, 404, 404, 429, 429]

    async def test_what_comes_too_fast_and_is_long_is_not_even_read(self, tmp_path: Path, russian: Russian) -> None:
        # SE-01
        def form(intake: Intake, store: Store, files: Files) -> Channel:
            return connect({"submissions": {"burst": 1, "per_minute": 1}}, intake, store, files, limited=True)

        async with room_with(form, ValvedSqlite, tmp_path, russian) as room, served(room) as base, aiohttp.ClientSession() as http:
            for status in (303, 429):
                key = new_code()
                try:
                    async with http.post(base + "/form", data=sheet(key, "", (("a.txt", b"x" * (10 << 20)),)), allow_redirects=False) as answer:
                        assert answer.status == status
                except aiohttp.ClientConnectionError:  # the hub may hang up before it has taken everything
                    assert status == 429
                assert (await room.intake.find(address_of(key)) is None) is (status == 429)


@pytest.mark.parametrize("settings", [{"fils": 1}, {"timezone": "Mars/Olympus"}, {"files": 0}, {"appeal_url": "javascript:alert(1)"}])
def test_wrong_settings_are_named(settings: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError, match=next(iter(settings))):
        connect(settings, None, None, None, limited=False)  # type: ignore[arg-type]  # nothing is called


@pytest.mark.parametrize(("typed", "code"), [
    ("abcde-fghjk-mnpqr-stvwx", "ABCDEFGHJKMNPQRSTVWX"), (" АВСDE FGHJK MNPQR STVWX ", "ABCDEFGHJKMNPQRSTVWX"),
    ("O1IL0-00000-00000-00000", "01110000000000000000"), ("", ""), ("ABCDE", ""), ("U" * 20, ""), ("A" * 1000, "")])
def test_a_code_is_read_as_people_type_it(typed: str, code: str) -> None:
    assert code_in(typed) == code


def test_codes_differ() -> None:
    assert len({new_code() for _ in range(1000)}) == 1000
