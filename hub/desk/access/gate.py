"""Authentication and authorisation of every endpoint and of the live socket."""

from aiohttp import web

from hub.access.authorization import ROLE, Authorization, Refusal
from hub.access.operator import Operator, SignIn
from hub.access.permissions import Permission
from hub.conversations.conversation import Conversation
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.access.service_keys import Services
from hub.desk.http.endpoint import Call, Endpoint, source_of
from hub.desk.http.parts import Clock
from hub.desk.http.session_cookie import SessionCookie
from hub.desk.organisation.federal import instead
from hub.desk.organisation.places import Places
from hub.desk.sign_in.sessions import Sessions
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError


class Gate:
    def __init__(self, sessions: Sessions, services: Services, authorization: Authorization, sequencer: ConversationSequencer,
                 places: Places, store: Store, cookie: SessionCookie, clock: Clock) -> None:
        self._sessions, self._services, self._authorization, self._sequencer = sessions, services, authorization, sequencer
        self._places, self._store, self._cookie, self._clock = places, store, cookie, clock

    async def admit(self, request: web.Request, what: Endpoint) -> Call:
        """Default deny: a valid session, its CSRF token on every change, a permission, also for the named conversation."""
        cookie = self._cookie.brought(request)
        if what.public:
            return Call(source_of(request), cookie, None)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return await self._admit_service(request, what, token.strip())
        sign_in, who = await self._sessions.who(cookie)
        if what.method != "GET" and request.headers.get("X-CSRF-Token") != sign_in.csrf:
            await self._note(who, f"{what.method} {what.path}", "bad_csrf")
            raise RefusedError("bad_csrf", "Обновите страницу: ключ формы устарел.")
        if not what.first:
            self._ready(sign_in, who)
        await self._check(request, what, what.needs, who)
        return Call(source_of(request), cookie, (sign_in, who))

    async def admit_socket(self, request: web.Request) -> tuple[SignIn, Operator]:
        """Who opens the live socket; each frame is authorised separately. Raises RefusedError."""
        sign_in, who = await self._sessions.who(self._cookie.brought(request))
        # Cookies are sent by any site's page; the Origin names the site (RFC 6455 §10.2).
        if request.headers.get("Origin", "").partition("://")[2] != request.host:
            await self._note(who, "GET /api/socket", "origin")
            raise RefusedError("forbidden", "Сокет открывается только со страницы рабочего места.")
        self._ready(sign_in, who)
        return sign_in, who

    def _ready(self, sign_in: SignIn, who: Operator) -> None:
        if who.one_time:
            raise RefusedError("must_change_password", "Сначала смените одноразовый пароль.")
        if self._sessions.second.lacking(sign_in, who):
            raise RefusedError("must_enrol", "Сначала подключите второй фактор.")

    async def _admit_service(self, request: web.Request, what: Endpoint, token: str) -> Call:
        """A program with its key (RFC 6750): the permissions of its role within the key's scopes.

        Browsers never send it, so no CSRF token is required.
        """
        source = source_of(request)
        key, who = await self._services.who(token, source)
        await self._check(request, what, tuple(each for each in what.needs if each in key.opens), who)
        return Call(source, "", None, (key, who))

    async def _check(self, request: web.Request, what: Endpoint, needs: tuple[Permission, ...], who: Operator) -> None:
        """Raises RefusedError, and writes an audit entry, without one of the needed permissions."""
        refusal = await self._refusal(request, needs, who) if needs else Refusal("forbidden", ROLE)
        if refusal is not None:
            await self._note(who, f"{what.method} {what.path}")
            raise RefusedError(refusal.code, refusal.text)

    async def _note(self, who: Operator, what: str, why: str = "") -> None:
        await self._store.note(AuditEntry(self._clock(), who.login, "refused", what, why))

    async def _refusal(self, request: web.Request, needs: tuple[Permission, ...], who: Operator) -> Refusal | None:
        """The most specific reason why none of the permissions is granted."""
        at_all = [self._authorization.why_not(who, each) for each in needs]
        head = await self._named(request) if None in at_all else None
        found = at_all if head is None else [self._authorization.why_not(who, each, head) for each in needs]
        refusals = [each for each in found if each is not None]
        if len(refusals) < len(found):
            return None
        told = max(refusals, key=lambda each: (each.code != "forbidden", each.text != ROLE))
        return Refusal("federal", instead(self._places, head or await self._named(request))) if told.code == "federal" else told

    async def _named(self, request: web.Request) -> Conversation | None:
        """The conversation in the path or query of a request; None without one."""
        number = request.match_info.get("conversation") or request.query.get("conversation", "")
        if not (number.isascii() and number.isdecimal() and len(number) < 20 and int(number) >> 63 == 0):  # noqa: PLR2004 - 63 bits
            return None
        try:
            return (await self._sequencer.load(int(number))).head
        except KeyError:
            return None  # the endpoint reports unknown ones itself
