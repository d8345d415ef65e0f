"""Second factors of one's own account, sessions, and their reset by an administrator."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.access.second_factor import CodeSecret
from hub.conversations.ports import Store
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Login, Secret
from hub.desk.http.parts import Clock
from hub.desk.organisation.centre import Centre
from hub.desk.sign_in.accounts import governed_account
from hub.desk.sign_in.forms import OptionsOut, PasskeyAnswer
from hub.desk.sign_in.passkeys import key_of
from hub.desk.sign_in.second_step import CODE, PASSKEY
from hub.desk.sign_in.sessions import Sessions, name_of
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError

Digits = Annotated[str, Meta(min_length=1, max_length=20)]


class PasskeyOut(Struct, frozen=True):
    id: str
    name: str
    at: datetime


class NewPasskeyIn(Struct, frozen=True):
    """`name` is the owner's name for it."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    answer: PasskeyAnswer


class SecurityOut(Struct, frozen=True):
    """`offered` is false where second factors are disabled; `recovery_left` counts unused recovery codes."""

    offered: bool
    authenticator: bool
    recovery_left: int
    passkeys_offered: bool
    passkeys: list[PasskeyOut]


class ProofIn(Struct, frozen=True):
    """The own password again."""

    password: Secret


class CodeShownIn(Struct, frozen=True):
    code: Digits


class AuthenticatorOut(Struct, frozen=True):
    """A secret for an authenticator, shown once: for typing, and as an address for a QR code."""

    secret: str
    address: str


class RecoveryOut(Struct, frozen=True):
    """Recovery codes, shown once; none where some exist already."""

    codes: list[str]


class SessionOut(Struct, frozen=True):
    """`second` is the used factor: code, recovery, passkey; "" is none."""

    id: str
    at: datetime
    until: datetime
    source: str
    second: str
    this: bool


@endpoint("GET", "/api/security", Permission.ACCOUNT, first=True)
async def security(sessions: Sessions, store: Store, call: Call) -> SecurityOut:
    """One's second factors."""
    login, second = call.who.login, sessions.second
    factors = await second.of(login)
    passkeys = [PasskeyOut(key_of(each), each.name, each.at) for each in await second.passkeys.of(login)]
    return SecurityOut(second.offered, await store.get(CodeSecret, login) is not None, len(factors.recovery) if factors else 0,
                       second.passkeys.offered, passkeys)


@endpoint("POST", "/api/security/authenticator", Permission.ACCOUNT, first=True)
async def begin_authenticator(sessions: Sessions, centre: Centre, call: Call, body: ProofIn) -> AuthenticatorOut:
    """Start setting up an authenticator; it becomes active with a confirmed code."""
    await sessions.confirm(call.who, body.password)
    return AuthenticatorOut(*await sessions.second.begin(call.who, centre.name))


@endpoint("POST", "/api/security/authenticator/confirm", Permission.ACCOUNT, first=True)
async def confirm_authenticator(sessions: Sessions, call: Call, body: CodeShownIn) -> RecoveryOut:
    """Confirm the authenticator; one's other sessions end."""
    codes = await sessions.second.confirm(call.who, body.code)
    await sessions.strengthen(call.sign_in, CODE)
    return RecoveryOut(codes)


@endpoint("POST", "/api/security/authenticator/remove", Permission.ACCOUNT)
async def remove_authenticator(sessions: Sessions, call: Call, body: ProofIn) -> None:
    """Remove one's authenticator."""
    await sessions.confirm(call.who, body.password)
    await sessions.second.remove_codes(call.who, call.sign_in)


@endpoint("POST", "/api/security/passkeys/ask", Permission.ACCOUNT, first=True)
async def ask_new_passkey(sessions: Sessions, call: Call, body: ProofIn) -> OptionsOut:
    """WebAuthn options for a new passkey."""
    await sessions.confirm(call.who, body.password)
    return OptionsOut(await sessions.second.begin_passkey(call.who))


@endpoint("POST", "/api/security/passkeys", Permission.ACCOUNT, first=True)
async def add_passkey(sessions: Sessions, call: Call, body: NewPasskeyIn) -> RecoveryOut:
    """Add a passkey; one's other sessions end."""
    codes = await sessions.second.add_passkey(call.who, body.name, msgspec.to_builtins(body.answer))
    await sessions.strengthen(call.sign_in, PASSKEY)
    return RecoveryOut(codes)


@endpoint("POST", "/api/security/passkeys/{passkey}/remove", Permission.ACCOUNT)
async def remove_passkey(sessions: Sessions, call: Call, passkey: str, body: ProofIn) -> None:
    """Remove one of one's passkeys."""
    await sessions.confirm(call.who, body.password)
    await sessions.second.remove_passkey(call.who, call.sign_in, passkey)


@endpoint("POST", "/api/security/recovery", Permission.ACCOUNT)
async def renew_recovery(sessions: Sessions, call: Call, body: ProofIn) -> RecoveryOut:
    """Make new recovery codes; the former ones become invalid."""
    await sessions.confirm(call.who, body.password)
    return RecoveryOut(await sessions.second.renew_recovery(call.who))


@endpoint("GET", "/api/security/sessions", Permission.ACCOUNT, first=True)
async def own_sessions(sessions: Sessions, call: Call) -> list[SessionOut]:
    """One's sessions, newest first."""
    return [SessionOut(name_of(each), each.at, each.until, each.source, each.second, each.token == call.sign_in.token)
            for each in await sessions.of(call.who.login)]


@endpoint("DELETE", "/api/security/sessions/{session}", Permission.ACCOUNT, first=True)
async def end_session(sessions: Sessions, call: Call, session: str) -> None:
    """End one of one's sessions at once."""
    await sessions.end_one(call.who.login, session)


@endpoint("POST", "/api/security/sessions/end-others", Permission.ACCOUNT, first=True)
async def end_other_sessions(sessions: Sessions, call: Call) -> None:
    """End all one's other sessions."""
    await sessions.end_all(call.who.login, but=call.sign_in.token)


@endpoint("POST", "/api/operators/{login}/sessions/end", Permission.MANAGE_OPERATORS)
async def end_sessions(store: Store, sessions: Sessions, clock: Clock, authorization: Authorization, call: Call, login: Login) -> None:
    """End all sessions of an operator, who may sign in again."""
    by = call.sign_in.login
    await governed_account(store, authorization, call.who, login)
    await store.note(AuditEntry(clock(), by, "sessions_ended", login))
    await sessions.end_all(login)


@endpoint("POST", "/api/operators/{login}/security/reset", Permission.MANAGE_OPERATORS)
async def reset_security(sessions: Sessions, store: Store, authorization: Authorization, call: Call, login: Login) -> None:
    """Delete the second factors of an operator who lost them; all their sessions end."""
    by = call.sign_in.login  # a person: programs do not reset factors
    if login == by:
        raise RefusedError("yourself", "Свой второй фактор сбрасывает другой администратор.")
    await governed_account(store, authorization, call.who, login)
    await sessions.second.reset(login, by)
    await sessions.end_all(login)


ENDPOINTS = (security, begin_authenticator, confirm_authenticator, remove_authenticator, ask_new_passkey, add_passkey, remove_passkey,
             renew_recovery, own_sessions, end_session, end_other_sessions, end_sessions, reset_security)
