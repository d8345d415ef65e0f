"""The driver of the web form: server-rendered pages for citizens without chat, scripts, or a fast connection.

A submitted form opens a conversation under an unguessable address. Replies of robot and operator appear at that address, and the citizen
can add messages.
"""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files as package_files
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from aiohttp import web

from channels.intake import taken
from channels.upload_limits import FromAddress, UploadLimits
from channels.uploads import Uploads
from channels.web import DRIVERS
from channels.web.appeal import (
    Appeal,
    Town,
    appeal_in,
    citizen,
    code_in,
    contact,
    details,
    faults,
    given,
    grouped,
    key_of,
    nameless,
    new_code,
    place,
)
from channels.web.cors import fresh
from channels.web.event_stream import EventStream
from channels.web.form_html import PageLayout, consent_page, conversation_page, form_page, look_page, message_item, state_line
from channels.web.form_reader import FormReader, own_site
from channels.web.form_responses import NOT_STORED, NOT_STORED_S, fault_text, html, refusal_text, retry_after, see, status
from channels.web.own_data_pages import OwnDataPages
from channels.web.phrases import Phrases, phrases
from channels.web.posted_form import PostedForm
from channels.web.proof_pages import sent_along
from channels.web.proof_words import words
from hub.citizens.consent import FORM
from hub.conversations.address import Address
from hub.conversations.attachments import media_type
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import LiveSignal, Moved
from hub.conversations.ports import Incoming, Store
from hub.intake.ports import Intake
from hub.kernel.errors import RefusedError, StoreError
from hub.kernel.health import Health
from hub.kernel.ports import Files
from hub.kernel.rate_limits import Buckets, Rate
from hub.kernel.web.download import download_headers

NAME = "web.form"
TRAITS = DRIVERS["form"]


class FormSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`towns` are the selectable municipalities; without any the citizen writes one."""

    keeper: Annotated[str, msgspec.Meta(title="Оператор персональных данных")] = ""
    """The operator of the personal data, as named in the consent: name and address of the body."""
    contacts: Annotated[bool, msgspec.Meta(title="Спрашивать имя и контакты")] = True
    """Whether the form has a name and a way to answer; not at a federal centre, which stores no names."""
    towns: tuple[Town, ...] = ()
    appeal_url: Annotated[str, msgspec.Meta(title="Где подать обращение по 59-ФЗ")] = "https://pos.gosuslugi.ru/landing/"
    """Where an appeal under 59-ФЗ is filed."""
    timezone: Annotated[str, msgspec.Meta(title="Часовой пояс")] = "Europe/Moscow"
    files: Annotated[Annotated[int, msgspec.Meta(ge=1, le=20)], msgspec.Meta(title="Файлов в сообщении")] = 5
    files_limit: Annotated[int, msgspec.Meta(ge=1 << 10, le=100 << 20)] = 20 << 20
    """Bytes of all files of one message together."""
    submissions: Rate = Rate(10, 10)
    messages: Rate = Rate(10, 20)
    looks: Rate = Rate(10, 10)
    from_address: FromAddress = FromAddress()
    """Files of all forms and messages of one network address."""


class WebForm:
    """hub.conversations.ports.ReplayingChannel: every page requests missed messages."""

    name = NAME

    def __init__(self, settings: FormSettings, zone: ZoneInfo, intake: Intake, store: Store, files: Files, *, limited: bool) -> None:
        self._settings, self._intake = settings, intake
        self._layout = PageLayout(settings.towns, settings.keeper, settings.contacts, settings.files, settings.files_limit / (1 << 20),
                                  zone, settings.appeal_url)
        self._uploads = Uploads(intake, store, files)
        self._followers: defaultdict[int, set[EventStream]] = defaultdict(set)
        self._closing = False
        self._own = OwnDataPages(self._layout, intake, self._head, self._message)
        self._submissions = Buckets(settings.submissions if limited else None)
        self._messages = Buckets(settings.messages if limited else None)
        self._looks = Buckets(settings.looks if limited else None)
        self._reader = FormReader(files, settings.files, settings.files_limit, UploadLimits(settings.from_address, limited=limited))

    def routes(self) -> list[web.AbstractRouteDef]:
        code, plain = "{code:[0-9A-Za-z-]{20,30}}", Path(str(package_files("channels.web") / "plain"))
        return [
            web.get("/form", self._empty),
            web.post("/form", self._submit),
            web.get("/form/look", self._look),
            web.post("/form/look", self._find),
            web.get("/form/consent", self._consent),
            web.get(f"/form/{code}", self._page),
            web.post(f"/form/{code}", self._add),
            web.post(f"/form/{code}/verify", self._verify),
            web.get(f"/form/{code}/events", self._events),
            web.get(rf"/form/{code}/files/{{file:[0-9a-f]{{64}}}}", self._download),
            web.get(f"/form/{code}/data", self._own.page),
            web.post(f"/form/{code}/data", self._own.post),
            *(web.get(f"/form/assets/{path.name}", fresh(path)) for path in sorted(plain.iterdir())),
        ]

    def show(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        del records  # each page reads them from its own position
        self._tell(conversation.id)

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        if isinstance(signal, Moved):
            self._tell(conversation)

    def health(self) -> Health:
        return Health(True, f"открыто страниц: {sum(map(len, self._followers.values()))}")

    async def close(self) -> None:
        """Every page is asked to reconnect."""
        self._closing = True
        for followers in self._followers.values():
            for follower in followers:
                follower.hang_up()

    def _tell(self, conversation: int) -> None:
        for follower in self._followers.get(conversation, ()):
            follower.tell()

    async def _empty(self, request: web.Request) -> web.Response:
        said = phrases(request.query.get("lang", ""))
        return html(form_page(self._layout, said, Appeal(new_code()), {}, self._edition()))

    def _edition(self) -> int:
        """The current version of the consent."""
        text = self._intake.subject.text(FORM)
        return text.version if text else 0

    async def _consent(self, request: web.Request) -> web.Response:
        """The current version, or an older one; 404 for one that was never in force."""
        said, version = phrases(request.query.get("lang", "")), request.query.get("version", "")
        known = not version or (version.isascii() and version.isdigit() and len(version) <= 6)  # noqa: PLR2004 - as a version is written
        text = self._intake.subject.text(FORM, int(version or 0)) if known else None
        if text is None:
            raise web.HTTPNotFound
        return html(consent_page(said, text.shown(said.lang, self._layout.keeper or said.brand)))

    async def _submit(self, request: web.Request) -> web.Response:
        """The posted form: 303 to the page of its conversation, or the form again with its errors."""
        said = phrases(request.query.get("lang", ""))
        sheet = PostedForm({}, ())
        try:
            own_site(request)
            source = request.remote or ""
            with self._reader.going(request):
                sheet = await self._reader.read(request, self._submissions, source)
                self._intake.admit(Address(NAME, ""), source)
                return await self._filed(sheet, said)
        except RefusedError as error:
            return self._form_again(said, appeal_in(sheet.fields), error, {"": refusal_text(self._layout, said, error)})
        except (StoreError, OSError):
            return self._form_again(said, appeal_in(sheet.fields), NOT_STORED, {"": refusal_text(self._layout, said, NOT_STORED)})

    async def _filed(self, sheet: PostedForm, said: Phrases) -> web.Response:
        """Raises RefusedError, StoreError or OSError, and then nothing is stored."""
        appeal = appeal_in(sheet.fields)
        if not appeal.key:
            raise RefusedError("bad_form", "")
        if self._intake.subject.text(FORM, appeal.consent or -1) is None:  # nobody can have read a version that was never in force
            appeal = msgspec.structs.replace(appeal, consent=0)
        if wrong := faults(appeal, sheet.attempted, self._settings.towns):
            told = {field: fault_text(self._layout, said, fault) for field, fault in wrong.items()}
            return self._form_again(said, appeal, RefusedError("unfit", ""), told)
        if not self._settings.contacts:
            appeal = nameless(appeal)
        attachments = await self._reader.kept(sheet)
        address, now = _address(appeal.key), datetime.now(UTC)
        head = await self._intake.find(address)
        if head is None:
            head = await self._intake.open(address, citizen(appeal), place(appeal, self._settings.towns))
        known, key = details(appeal, now), key_of(appeal, attachments)
        await self._intake.subject.agree(head.id, given(appeal, key, NAME, now), contact(appeal))
        await taken(self._intake, Incoming(
            address, key, appeal.text, attachments, citizen(appeal), known, written=True))
        raise see(appeal.key, said)

    def _form_again(self, said: Phrases, appeal: Appeal, error: RefusedError, wrong: Mapping[str, str]) -> web.Response:
        again = appeal if appeal.key else msgspec.structs.replace(appeal, key=new_code())
        return html(form_page(self._layout, said, again, wrong, self._edition()), status(error), error.wait_s)

    async def _look(self, request: web.Request) -> web.Response:
        return html(look_page(phrases(request.query.get("lang", "")), "", {}))

    async def _find(self, request: web.Request) -> web.Response:
        """The page of a conversation by its number and its code."""
        said, number = phrases(request.query.get("lang", "")), ""
        try:
            own_site(request)
            source = request.remote or ""
            sheet = await self._reader.read(request, self._looks, source)
            number, code = sheet.fields.get("number", "")[:50], code_in(sheet.fields.get("code", ""))
            await self._known(sheet, number, code)
        except RefusedError as error:
            return html(look_page(said, number, {"number": refusal_text(self._layout, said, error)}), status(error), error.wait_s)
        except StoreError:
            return html(look_page(said, number, {"number": fault_text(self._layout, said, "not_stored")}), 503, NOT_STORED_S)
        raise see(code, said)

    async def _known(self, sheet: PostedForm, number: str, code: str) -> None:
        """Raises RefusedError when there is no conversation with this number and code, or after too many attempts."""
        if sheet.refused is not None:
            raise sheet.refused
        head = await self._intake.find(_address(code)) if code else None
        if head is None or _digits(head.number) != _digits(number):
            raise RefusedError("no_such_session", "")

    async def _page(self, request: web.Request) -> web.Response:
        try:
            code, head = await self._head(request)
        except web.HTTPNotFound:
            said = phrases(request.query.get("lang", ""))
            return html(look_page(said, "", {"number": fault_text(self._layout, said, "no_such_session")}), 404)
        said = phrases(request.query.get("lang", head.citizen.language))
        return html(await self._sheet(said, code, head, new_code(), "", {}))

    async def _sheet(self, said: Phrases, code: str, head: Conversation, key: str, text: str, wrong: Mapping[str, str]) -> str:
        records = await self._intake.transcript(head.id, 0)
        items = list[str]()
        for record in records:
            items.append(message_item(self._layout, said, record, code, key if record is records[-1] else ""))
            await asyncio.sleep(0)  # let others run: an outsider can make a page of megabytes
        proof, after = words(said.lang) if self._intake.provable(head) else None, records[-1].id if records else 0
        moved = await self._intake.standing(head.id)
        return conversation_page(self._layout, said, code, key, moved, items, after, text, wrong, proof, datetime.now(UTC))

    async def _verify(self, request: web.Request) -> web.Response:
        """Redirect to Госуслуги and back to this page: only from it, since another's author could know the code and lure a person."""
        code, head = await self._head(request)
        if not self._intake.provable(head) or not request.headers.get("Origin"):
            raise web.HTTPNotFound
        try:
            own_site(request)
        except RefusedError:
            raise web.HTTPForbidden from None
        said = phrases(request.query.get("lang", head.citizen.language))
        ticket = self._intake.ticket(head.id, f"/form/{grouped(code)}?lang={said.lang}", said.lang)
        return sent_along(ticket, secure=self._intake.secure)

    async def _add(self, request: web.Request) -> web.Response:
        """A further message. The script requests JSON; without it 303 leads back to the page."""
        code, head = await self._head(request)
        said = phrases(request.query.get("lang", head.citizen.language))
        sheet = PostedForm({}, ())
        try:
            own_site(request)
            with self._reader.going(request):
                sheet = await self._reader.read(request, self._messages, str(head.id))
                self._intake.admit(head.address, request.remote or "")
                await self._added(head, sheet)
        except RefusedError as error:
            return await self._page_again(request, said, code, head, sheet, error)
        except (StoreError, OSError):
            return await self._page_again(request, said, code, head, sheet, NOT_STORED)
        if _wants_json(request):
            return web.Response(body=msgspec.json.encode({"key": new_code()}), content_type="application/json")
        raise see(code, said, "#log")

    async def _added(self, head: Conversation, sheet: PostedForm) -> None:
        key, text = code_in(sheet.fields.get("key", "")), sheet.fields.get("text", "").replace("\r\n", "\n").strip()
        if not key:
            raise RefusedError("bad_form", "")
        fault = faults(Appeal(text=text, consent=1), sheet.attempted, ()).get("text")
        if fault:
            raise RefusedError(fault, "")
        attachments = await self._reader.kept(sheet)
        await taken(self._intake, Incoming(
            head.address, key_of([key, text], attachments), text, attachments, written=True))

    async def _page_again(
        self, request: web.Request, said: Phrases, code: str, head: Conversation, sheet: PostedForm, error: RefusedError,
    ) -> web.Response:
        if _wants_json(request):
            body = msgspec.json.encode({"error": error.code, "text": refusal_text(self._layout, said, error)})
            return web.Response(body=body, status=status(error), content_type="application/json", headers=retry_after(error.wait_s))
        key, wrong = code_in(sheet.fields.get("key", "")) or new_code(), {"text": refusal_text(self._layout, said, error)}
        return html(await self._sheet(said, code, head, key, sheet.fields.get("text", ""), wrong), status(error), error.wait_s)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        code, head = await self._head(request)
        said = phrases(request.query.get("lang", head.citizen.language))
        after = request.headers.get("Last-Event-ID") or request.query.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) < 20):  # noqa: PLR2004 - 63 bits
            raise web.HTTPBadRequest
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        await response.prepare(request)
        follower = EventStream(head.id, int(after))
        if self._closing:
            return response
        self._followers[head.id].add(follower)
        try:
            await follower.follow(
                response, self._intake,
                lambda record, last: message_item(self._layout, said, record, code, new_code() if last else ""),
                lambda moved: state_line(said, moved))
        except (StoreError, ConnectionError, TimeoutError):
            pass  # the browser reconnects with its last id
        finally:
            self._followers[head.id].discard(follower)
            if not self._followers[head.id]:
                del self._followers[head.id]
        return response

    async def _download(self, request: web.Request) -> web.Response:
        _, head = await self._head(request)
        try:
            attachment, content = await self._uploads.read(head.id, request.match_info["file"])
        except RefusedError as error:
            if error.code == "quarantined":
                return web.Response(text=error.text, status=409, headers={"Cache-Control": "no-store"})
            raise web.HTTPNotFound from None
        except (StoreError, OSError):
            raise web.HTTPServiceUnavailable(headers=retry_after(NOT_STORED_S)) from None
        headers = download_headers(attachment.name, attachment.size)
        return web.Response(body=content, content_type=media_type(attachment.type), headers=headers)

    async def _head(self, request: web.Request) -> tuple[str, Conversation]:
        """The conversation of an address; raises 404, or 503 while the store is down."""
        code = code_in(request.match_info["code"])
        try:
            head = await self._intake.find(_address(code)) if code else None
        except StoreError:
            raise web.HTTPServiceUnavailable(headers=retry_after(NOT_STORED_S)) from None
        if head is None:
            raise web.HTTPNotFound
        return code, head

    async def _message(self, request: web.Request, head: Conversation) -> PostedForm:
        """The form posted to a conversation by its own page; raises RefusedError."""
        own_site(request)
        sheet = await self._reader.read(request, self._messages, str(head.id))
        if sheet.refused is not None:
            raise sheet.refused
        return sheet


SETTINGS = FormSettings


def connect(settings: dict[str, object], intake: Intake, store: Store, files: Files, *, limited: bool) -> WebForm:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    told = msgspec.convert(settings, FormSettings)
    if urlsplit(told.appeal_url).scheme not in {"http", "https"}:
        raise msgspec.ValidationError("appeal_url: an address that begins with https:// is needed")
    try:
        zone = ZoneInfo(told.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"timezone: there is no zone {told.timezone!r}"
        raise msgspec.ValidationError(message) from error
    return WebForm(told, zone, intake, store, files, limited=limited)


def _address(code: str) -> Address:
    """Only the code's digest is stored: a reader of the store cannot open a conversation."""
    return Address(NAME, hashlib.sha256(code.encode()).hexdigest())


def _wants_json(request: web.Request) -> bool:
    return request.headers.get("Accept", "") == "application/json"


def _digits(number: str) -> str:
    return "".join(c for c in number if c.isdigit())
