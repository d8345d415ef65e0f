"""Serves Open311 GeoReport v2 with mySociety's updates: topics are services, cases are requests, programs submit them with keys.

Without a key nothing personal is disclosed, and single requests are hidden unless the configuration makes them public.
"""

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from itertools import islice
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from channels.web import georeport
from channels.web.form_responses import retry_after
from channels.web.posted_form import PostedForm, posted
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.access.service_accounts import ServiceKey
from hub.cases.case import Case, Subject
from hub.conversations.attachments import FILE_LIMIT, MOST_FILES
from hub.conversations.message import Attachment, whole
from hub.integrations.partner_cases import PartnerCase, PartnerCases
from hub.kernel.errors import RefusedError, StoreError
from hub.kernel.rate_limits import Buckets, Rate, subscriber
from hub.organisation.queue import Topic

NAME = "web.open311"
STATUS = {"not_signed_in": 403, "forbidden": 403, "federal": 403, "contractor": 403, "no_such_case": 404, "no_such_topic": 404,
          "no_such_address": 404, "no_such_jurisdiction": 404, "too_fast": 429, "not_stored": 503}
"""GeoReport v2: 403 is a missing or invalid key; 400 for the others."""
NO_FILES = "Не все приложенные файлы приняты: дайте на них ссылку (media_url)."
TOLD = ("first_name", "last_name", "email", "phone", "media_url")
FORMAT = r".{format:json|xml}"
NOT_STORED_S = 5
Who = Callable[[str, str], Awaitable[tuple[ServiceKey, Operator]]]
"""The owner of a key, and its network address; raises RefusedError."""
LetIn = Callable[[str, bytes], Awaitable[Attachment]]
"""Raises RefusedError for a forbidden type."""
Answer = Callable[[web.Request], Awaitable[bytes]]


class Open311Settings(Struct, frozen=True, forbid_unknown_fields=True):
    on: bool = False
    jurisdiction: str = ""
    """Our jurisdiction_id; "" accepts any."""
    topics: tuple[str, ...] = ()
    """Topics offered as services; by default all leaf topics."""
    public: bool = False
    """Whether requests are visible without a key, without their texts."""
    rate: Rate = Rate(100, 600)
    """Rate of one address."""
    address: Annotated[str, Meta(pattern=r"^(https?://[^/?#]+)?$")] = ""
    """The public address of this hub, as https://hub.example, for discovery. "" is surveys.address."""


class Open311:
    def __init__(self, settings: Open311Settings, petitions: PartnerCases, topics: Mapping[str, Topic], who: Who, let_in: LetIn, *,
                 named: Callable[[str], str], federal: bool, limited: bool, address: str) -> None:
        """`named` returns the title of a line or a body; `address` is the public address of this hub, "" if unset.

        `let_in` stores a file of a permitted type. A `federal` centre discloses no state of a case (FD-04).
        """
        self._settings, self._petitions, self._topics, self._who, self._let_in = settings, petitions, topics, who, let_in
        self._named, self._federal, self._address = named, federal, address
        self._rates = Buckets(settings.rate if limited else None)

    def routes(self) -> list[web.AbstractRouteDef]:
        v2 = "/open311/v2"
        return [
            *(web.get(f"{under}/discovery{FORMAT}", self._answered(self._discovery)) for under in ("/open311", v2)),
            web.get(f"{v2}/services{FORMAT}", self._answered(self._services)),
            web.get(f"{v2}/services/{{code}}{FORMAT}", self._answered(self._definition)),
            web.post(f"{v2}/requests{FORMAT}", self._answered(self._hand_in)),
            web.get(f"{v2}/requests{FORMAT}", self._answered(self._requests)),
            web.get(f"{v2}/requests/{{number}}{FORMAT}", self._answered(self._request)),
            web.get(f"{v2}/tokens/{{token}}{FORMAT}", self._answered(self._token)),
            web.get(f"{v2}/servicerequestupdates{FORMAT}", self._answered(self._updates)),
            web.post(f"{v2}/servicerequestupdates{FORMAT}", self._answered(self._update)),
        ]

    def _answered(self, answer: Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
        """An answer in the requested format, also a refusal."""
        async def handle(request: web.Request) -> web.Response:
            format_ = request.match_info["format"]
            try:
                self._spend(request)
                return _response(format_, await answer(request))
            except RefusedError as error:
                return _refusal(format_, STATUS.get(error.code, 400), error.text, error.wait_s)
            except StoreError:
                return _refusal(format_, STATUS["not_stored"], "Хранилище недоступно: попробуйте чуть позже.", NOT_STORED_S)
        return handle

    async def _discovery(self, request: web.Request) -> bytes:
        """Never uses the request's Host as the hub's address: caches would pass a forged one on."""
        if not self._address:
            raise RefusedError("no_such_address", "Адрес этого узла не настроен (open311.address).")
        return georeport.single(request.match_info["format"], "discovery", georeport.discovery(self._address))

    async def _services(self, request: web.Request) -> bytes:
        self._check_jurisdiction(request.query)
        services = [georeport.service(each, self._group(each)) for each in self._offered().values()]
        return georeport.listed(request.match_info["format"], "services", "service", services)

    async def _definition(self, request: web.Request) -> bytes:
        self._check_jurisdiction(request.query)
        topic = self._topic(request.match_info["code"])
        return georeport.single(request.match_info["format"], "service_definition", {"service_code": topic.id, "attributes": []})

    async def _hand_in(self, request: web.Request) -> bytes:
        who, form = await self._posted(request)
        fields = form.fields
        topic = self._topic(fields.get("service_code", ""))
        key = self._key(request) or fields.get("attribute[fixmystreet_id]", "")[:100] or secrets.token_urlsafe(16)
        where, said = georeport.spot(fields), georeport.text(fields) or topic.title
        told = {name: georeport.line(fields, name) for name in ("address_string", *TOLD)}
        files, lost = await self._files(form)
        everything = "\n".join([said, *(f"{name}: {value}" for name, value in told.items() if value), *_attributes(fields), *lost])
        case = await self._petitions.hand_in(who, PartnerCase(key, topic.id, whole(said), whole(everything), Subject(spot=where), files))
        made = {"service_request_id": case.number, "service_notice": " ".join([self._petitions.notice(case), *lost]), "account_id": None}
        return georeport.listed(request.match_info["format"], "service_requests", "request", [made])

    async def _requests(self, request: web.Request) -> bytes:
        partner = await self._reader(request)
        wanted = georeport.wanted(request.query, self._petitions.now())
        if wanted.numbers:
            found = [case async for case in self._numbered(partner, wanted.numbers)]
        else:
            found = await self._page(partner, wanted)
        return georeport.listed(request.match_info["format"], "service_requests", "request", [self._out(partner, each) for each in found])

    async def _request(self, request: web.Request) -> bytes:
        partner = await self._reader(request)
        case = await self._petitions.case(partner, request.match_info["number"])
        return georeport.listed(request.match_info["format"], "service_requests", "request", [self._out(partner, case)])

    async def _token(self, request: web.Request) -> bytes:
        """The number of a request by the program's own key: every request gets its number at once."""
        who = await self._program(request, self._brought(request, request.query))
        self._check_jurisdiction(request.query)
        token = request.match_info["token"]
        found = {"service_request_id": await self._petitions.number_of(who, token), "token": token}
        return georeport.listed(request.match_info["format"], "service_requests", "request", [found])

    async def _updates(self, request: web.Request) -> bytes:
        partner = await self._reader(request)
        since, until = georeport.period(request.query, self._petitions.now())
        found = []
        async with aclosing(self._petitions.news(partner, since, until)) as news:
            async for each in news:
                found.append(georeport.update(each.case, each.place, each.words if partner else ""))
                if len(found) == georeport.MOST:
                    break
        return georeport.listed(request.match_info["format"], "service_request_updates", "request_update", found)

    async def _update(self, request: web.Request) -> bytes:
        who, form = await self._posted(request)
        fields = form.fields
        number, said = fields.get("service_request_id", ""), georeport.text(fields)
        key = self._key(request) or georeport.line(fields, "update_id")
        if not (key and said):
            raise georeport.bad("update_id and description are needed")
        await self._petitions.add(who, number, f"update/{key}", whole(said))
        return georeport.listed(request.match_info["format"], "service_request_updates", "request_update", [{"update_id": key}])

    async def _page(self, partner: str, wanted: georeport.RequestQuery) -> list[Case]:
        found: list[Case] = []
        skipped = (wanted.page - 1) * wanted.size
        async with aclosing(self._petitions.cases(partner, wanted.since, wanted.until)) as cases:
            async for case in cases:
                if wanted.fits(case):
                    found.append(case)
                if len(found) == skipped + wanted.size:
                    break
        return found[skipped:]

    async def _numbered(self, partner: str, numbers: tuple[str, ...]) -> AsyncIterator[Case]:
        for number in numbers:
            try:
                yield await self._petitions.case(partner, number)
            except RefusedError:
                continue  # the list omits unknown numbers

    def _out(self, partner: str, case: Case) -> georeport.Item:
        topic = self._topics.get(case.topic)
        to = next((step.to for step in reversed(case.steps) if step.to), case.home)
        notes = self._petitions.words(case, len(case.steps) - 1)
        return georeport.request(case, topic.title if topic else case.topic, self._named(to), notes, own=bool(partner))

    async def _reader(self, request: web.Request) -> str:
        """The program whose requests are selected; "" without a key. Raises RefusedError."""
        self._check_jurisdiction(request.query)
        if brought := self._brought(request, request.query):
            who = await self._program(request, brought)
            await self._petitions.read(who, request.match_info.get("number", ""))
            return who.login
        if self._federal:
            raise RefusedError("federal", "Федеральный центр не сообщает о ходе обращений: спросите центр, которому оно передано.")
        if not self._settings.public:
            raise RefusedError("not_signed_in", "Нужен ключ (api_key).")
        return ""

    async def _files(self, form: PostedForm) -> tuple[tuple[Attachment, ...], list[str]]:
        """The stored photos of a form, and what the citizen is told of those that are not taken."""
        kept: list[Attachment] = []
        try:
            for name, content in form.files:
                kept.append(await self._let_in(name, content))
        except RefusedError:
            return tuple(kept), [NO_FILES]
        return tuple(kept), [NO_FILES] if form.refused else []

    async def _posted(self, request: web.Request) -> tuple[Operator, PostedForm]:
        """The posting program, and its form; raises RefusedError."""
        form = await posted(request, MOST_FILES, FILE_LIMIT)
        who = await self._program(request, self._brought(request, form.fields))
        self._check_jurisdiction(form.fields)
        return who, form

    async def _program(self, request: web.Request, brought: str) -> Operator:
        if not brought:
            raise RefusedError("not_signed_in", "Нужен ключ (api_key).")
        key, who = await self._who(brought, self._source(request))
        if Permission.HAND_IN not in key.opens:
            raise RefusedError("forbidden", "Этот ключ не для этого.")
        self._petitions.check(who)
        return who

    def _spend(self, request: web.Request) -> None:
        """Raises RefusedError above the rate limit, with any key."""
        if wait_s := self._rates.spend(subscriber(self._source(request)), time.monotonic()):
            raise RefusedError("too_fast", "Слишком много запросов.", int(wait_s) + 1)

    def _check_jurisdiction(self, fields: Mapping[str, str]) -> None:
        jurisdiction = fields.get("jurisdiction_id", "")
        if jurisdiction and self._settings.jurisdiction and jurisdiction != self._settings.jurisdiction:
            raise RefusedError("no_such_jurisdiction", "jurisdiction_id was not found")

    def _source(self, request: web.Request) -> str:
        return request.remote or ""

    @staticmethod
    def _brought(request: web.Request, fields: Mapping[str, str]) -> str:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else fields.get("api_key", "").strip()

    @staticmethod
    def _key(request: web.Request) -> str:
        return request.headers.get("Idempotency-Key", "").strip()[:100]

    def _offered(self) -> dict[str, Topic]:
        if self._settings.topics:
            return {each: self._topics[each] for each in self._settings.topics if each in self._topics}
        parents = {topic.parent for topic in self._topics.values()}
        return {key: topic for key, topic in self._topics.items() if key not in parents}

    def _topic(self, code: str) -> Topic:
        if not code:
            raise georeport.bad("service_code was not provided")
        found = self._offered().get(code)
        if found is None:
            raise RefusedError("no_such_topic", "service_code was not found")
        return found

    def _group(self, topic: Topic) -> str:
        return self._topics[topic.parent].title if topic.parent in self._topics else ""


def _attributes(fields: Mapping[str, str]) -> list[str]:
    told = ((name.removeprefix("attribute["), value) for name, value in fields.items() if name.startswith("attribute["))
    return [f"{name.partition(']')[0][:40]}: {value[:georeport.LINE_LIMIT]}" for name, value in islice(told, 20)]


def _response(format_: str, body: bytes, status: int = 200, wait_s: int = 0) -> web.Response:
    headers = {"Cache-Control": "no-store"} | retry_after(wait_s)
    return web.Response(body=body, status=status, content_type=georeport.CONTENT[format_], charset="utf-8", headers=headers)


def _refusal(format_: str, status: int, text: str, wait_s: int = 0) -> web.Response:
    """GeoReport v2, Errors: a code and words."""
    return _response(format_, georeport.listed(format_, "errors", "error", [{"code": status, "description": text}]), status, wait_s)
