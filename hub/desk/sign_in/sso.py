"""Single sign-on: operators come from their directory with a role by its rules, and their sessions end with its logout (SE-01)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

import msgspec
from aiohttp import web
from msgspec.structs import replace

from hub.access.break_glass import LOGIN
from hub.access.directory_roles import Entitlement, Person, entitled
from hub.access.operator import Operator, SignIn, changes, with_own
from hub.access.own_role import OwnRole
from hub.access.ports import IdentityProvider
from hub.conversations.ports import Store
from hub.desk.http.endpoint import Handler, refused, source_of
from hub.desk.http.forms import Login
from hub.desk.http.parts import Clock
from hub.desk.http.session_cookie import SessionCookie
from hub.desk.organisation.centre import Centre
from hub.desk.sign_in.sessions import REFUSED, Sessions
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.rate_limits import subscriber
from hub.kernel.web.cookies import Cookies, for_this_host

BEGUN = "okno_sso"
WITHIN = timedelta(minutes=10)
PROVIDER = "provider"
"""Way of sign-in: second factors are the directory's responsibility."""
TOKEN_LIMIT = 1 << 16


class Keys(Protocol):
    async def end_of(self, maker: str, by: str, *, all_of_them: bool = False) -> None:
        """An account has changed: keys are revoked that it may not answer for any more."""


class SingleSignOn:
    def __init__(self, directory: IdentityProvider, sessions: Sessions, keys: Keys, dispatch: Dispatch, store: Store, centre: Centre,
                 cookie: SessionCookie, clock: Clock) -> None:
        self._directory, self._sessions, self._keys, self._dispatch = directory, sessions, keys, dispatch
        self._store, self._centre, self._cookie, self._clock = store, centre, cookie, clock
        self._begun = for_this_host(BEGUN, secure=cookie.secure)
        self._cookies = Cookies()

    async def begin(self) -> tuple[str, str]:
        """Where the browser is sent, and its cookie."""
        address, kept = await self._directory.begin()
        return address, self._cookies.sealed(kept, self._clock() + WITHIN)

    async def finish(self, query: Mapping[str, str], cookie: str, source: str) -> tuple[str, SignIn, Operator]:
        """Sign in the person who came back; raises RefusedError."""
        try:
            person = await self._directory.finish(query, self._kept(cookie))
            operator = await self._admitted(person)
        except RefusedError as error:
            audit_entry = AuditEntry(self._clock(), "", REFUSED, detail=f"{source}: {error.code}")
            await self._sessions.failures.note(audit_entry, subscriber(source))
            raise
        return await self._sessions.open(operator, PROVIDER, source, person.session)

    async def end(self, token: str) -> None:
        """Logout at the directory."""
        subject, session = await self._directory.ended(token)
        logins = {operator.login for operator in await self._store.all(Operator) if operator.subject and operator.subject == subject}
        for sign_in in await self._store.all(SignIn):
            if (sign_in.session == session) if session else (sign_in.login in logins):
                await self._sessions.sign_out(sign_in)

    def _kept(self, cookie: str) -> bytes:
        kept = self._cookies.opened(cookie, self._clock())
        if kept is None:
            raise RefusedError("sso_refused", "Вход начат не здесь или слишком давно: начните заново.")
        return kept

    async def _admitted(self, person: Person) -> Operator:
        """The account as the directory has it now. A matching login alone does not give access."""
        login = _login(person)
        async with self._sessions.amending:
            known = await self._store.get(Operator, login)
            if login == LOGIN or (known is not None and known.subject != person.subject):
                raise RefusedError("other_account", "Такой логин здесь уже есть, и он не из этого каталога: обратитесь к администратору.")
            if known is not None and not known.active:
                raise RefusedError("not_entitled", "Учётная запись отключена: обратитесь к администратору.")
            given = entitled(person.values, self._centre.rules, self._centre.queues, await self._store.all(OwnRole))
            if given is not None:
                return await self._kept_up(known, login, person, given)
        await self._sessions.end_all(login)
        await self._keys.end_of(login, "", all_of_them=True)
        raise RefusedError("not_entitled", "Каталог не даёт вам роли в этом центре: обратитесь к администратору.")

    async def _kept_up(self, known: Operator | None, login: str, person: Person, given: Entitlement) -> Operator:
        before = known or Operator(login, person.name, given.role, subject=person.subject)
        after = replace(with_own(before, given.queues), name=person.name[:200], role=given.role, own_role=given.own_role,
                        granted=person.values)
        if known is None:
            await self._store.put(after, AuditEntry(self._clock(), "", "operator_added", login, f"{given.told}, из каталога"))
        elif after != before:
            told = f"{changes(before, after)}; из каталога".lstrip("; ")
            await self._store.put(after, AuditEntry(self._clock(), "", "operator_changed", login, told))
        self._sessions.forget(login)
        self._dispatch.renew(after)
        await self._keys.end_of(login, "")
        return after

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.get("/api/sso/begin", self._begin), web.get("/api/sso/end", self._end), web.post("/api/sso/logout", _logout(self))]

    async def _begin(self, request: web.Request) -> web.StreamResponse:
        # A page of another site must not sign anybody in; a browser without the header was navigated by hand.
        if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
            return _back("sso_refused")
        try:
            address, cookie = await self.begin()
        except RefusedError as error:
            return _back(error.code)
        response = _back("", address)
        self._set_begun(response, cookie)
        return response

    async def _end(self, request: web.Request) -> web.StreamResponse:
        try:
            cookie = request.cookies.get(self._begun, "")
            token, _, _ = await self.finish(request.query, cookie, source_of(request))
        except RefusedError as error:
            return _back(error.code)
        await self._sessions.end(self._cookie.brought(request))
        response = _back("")
        self._set_begun(response, "")
        self._cookie.set(response, token)
        return response

    def _set_begun(self, response: web.StreamResponse, cookie: str) -> None:
        """"" deletes it. Lax: the redirect back starts at the directory's page, and a strict cookie would not be sent."""
        response.set_cookie(self._begun, cookie, max_age=int(WITHIN.total_seconds()) if cookie else 0, path="/",
                            httponly=True, samesite="Lax", secure=self._cookie.secure)


def _logout(sso: SingleSignOn) -> Handler:
    @refused
    async def logout(request: web.Request) -> web.StreamResponse:
        content = await request.content.read(TOKEN_LIMIT)
        form = dict(pair.partition("=")[::2] for pair in content.decode(errors="replace").split("&"))
        await sso.end(form.get("logout_token", ""))
        return web.Response(headers={"Cache-Control": "no-store"})
    return logout


def _login(person: Person) -> str:
    try:
        return msgspec.convert(person.login, Login)
    except msgspec.ValidationError:
        raise RefusedError("not_entitled", "Каталог не сообщает логина, который здесь годится.") from None


def _back(problem: str, address: str = "") -> web.Response:
    """To the desk, with the error, or elsewhere."""
    return web.Response(status=302, headers={
        "Location": address or (f"/desk/?refused={problem}" if problem else "/desk/"), "Cache-Control": "no-store"})
