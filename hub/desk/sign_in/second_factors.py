"""How one signs in: second factors, and what an administrator takes back of somebody who has lost his."""

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
from hub.desk.sign_in.accounts import account_of
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
    """`name` is what its owner calls it."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    answer: PasskeyAnswer


class SecurityOut(Struct, frozen=True):
    """`offered` is false where the centre asks for no second factor; `recovery_left` counts unused recovery codes."""

    offered: bool
    authenticator: bool
    recovery_left: int
    passkeys_offered: bool
    passkeys: list[PasskeyOut]


class ProofIn(Struct, frozen=True):
    """One's password, once more."""

    password: Secret


class CodeShownIn(Struct, frozen=True):
    code: Digits


class AuthenticatorOut(Struct, frozen=True):
    """A secret for an authenticator, shown once: to be typed, and as an address for a QR code."""

    secret: str
    address: str


class RecoveryOut(Struct, frozen=True):
    """Recovery codes, shown once; none where some are known already."""

    codes: list[str]


class SessionOut(Struct, frozen=True):
    """`second` is what was shown besides the password, or instead: code, recovery, passkey; "" is nothing."""

    id: str
    at: datetime
    until: datetime
    source: str
    second: str
    this: bool


@endpoint("GET", "/api/security", Permission.ACCOUNT, first=True)
async def security(sessions: Sessions, store: Store, call: Call) -> SecurityOut:
    """What one has set up."""
    login, second = call.who.login, sessions.second
    factors = await second.of(login)
    passkeys = [PasskeyOut(key_of(each), each.name, each.at) for each in await second.passkeys.of(login)]
    return SecurityOut(second.offered, await store.get(CodeSecret, login) is not None, len(factors.recovery) if factors else 0,
                       second.passkeys.offered, passkeys)


@endpoint("POST", "/api/security/authenticator", Permission.ACCOUNT, first=True)
async def begin_authenticator(sessions: Sessions, centre: Centre, call: Call, body: ProofIn) -> AuthenticatorOut:
    """Begin to set up an authenticator; it counts once a code of it is confirmed."""
    await sessions.confirm(call.who, body.password)
    return AuthenticatorOut(*await sessions.second.begin(call.who, centre.name))


@endpoint("POST", "/api/security/authenticator/confirm", Permission.ACCOUNT, first=True)
async def confirm_authenticator(sessions: Sessions, call: Call, body: CodeShownIn) -> RecoveryOut:
    """The authenticator works; one's other sessions end."""
    codes = await sessions.second.confirm(call.who, body.code)
    await sessions.strengthen(call.sign_in, CODE)
    return RecoveryOut(codes)


@endpoint("POST", "/api/security/authenticator/remove", Permission.ACCOUNT)
async def remove_authenticator(sessions: Sessions, call: Call, body: ProofIn) -> None:
    """Take one's authenticator away."""
    await sessions.confirm(call.who, body.password)
    await sessions.second.remove_codes(call.who, call.sign_in)


@endpoint("POST", "/api/security/passkeys/ask", Permission.ACCOUNT, first=True)
async def ask_new_passkey(sessions: Sessions, call: Call, body: ProofIn) -> OptionsOut:
    """What the browser needs to make a passkey."""
    await sessions.confirm(call.who, body.password)
    return OptionsOut(await sessions.second.begin_passkey(call.who))


@endpoint("POST", "/api/security/passkeys", Permission.ACCOUNT, first=True)
async def add_passkey(sessions: Sessions, call: Call, body: NewPasskeyIn) -> RecoveryOut:
    """A passkey was made; one's other sessions end."""
    codes = await sessions.second.add_passkey(call.who, body.name, msgspec.to_builtins(body.answer))
    await sessions.strengthen(call.sign_in, PASSKEY)
    return RecoveryOut(codes)


@endpoint("POST", "/api/security/passkeys/{passkey}/remove", Permission.ACCOUNT)
async def remove_passkey(sessions: Sessions, call: Call, passkey: str, body: ProofIn) -> None:
    """Take one of one's passkeys away."""
    await sessions.confirm(call.who, body.password)
    await sessions.second.remove_passkey(call.who, call.sign_in, passkey)


@endpoint("POST", "/api/security/recovery", Permission.ACCOUNT)
async def renew_recovery(sessions: Sessions, call: Call, body: ProofIn) -> RecoveryOut:
    """Make new recovery codes; those of before are good for nothing."""
    await sessions.confirm(call.who, body.password)
    return RecoveryOut(await sessions.second.renew_recovery(call.who))


@endpoint("GET", "/api/security/sessions", Permission.ACCOUNT, first=True)
async def own_sessions(sessions: Sessions, call: Call) -> list[SessionOut]:
    """Where one is signed in, newest first."""
    return [SessionOut(name_of(each), each.at, each.until, each.source, each.second, each.token == call.sign_in.token)
            for each in await sessions.of(call.who.login)]


@endpoint("DELETE", "/api/security/sessions/{session}", Permission.ACCOUNT, first=True)
async def end_session(sessions: Sessions, call: Call, session: str) -> None:
    """End one of one's sessions at once."""
    await sessions.end_one(call.who.login, session)


@endpoint("POST", "/api/security/sessions/end-others", Permission.ACCOUNT, first=True)
async def end_other_sessions(sessions: Sessions, call: Call) -> None:
    """End all of one's sessions but this one."""
    await sessions.end_all(call.who.login, but=call.sign_in.token)


@endpoint("POST", "/api/operators/{login}/sessions/end", Permission.MANAGE_OPERATORS)
async def end_sessions(store: Store, sessions: Sessions, clock: Clock, authorization: Authorization, call: Call, login: Login) -> None:
    """End all sessions of somebody at once; he may sign in again."""
    by = call.sign_in.login
    await account_of(store, authorization, call.who, login)
    await store.note(AuditEntry(clock(), by, "sessions_ended", login))
    await sessions.end_all(login)


@endpoint("POST", "/api/operators/{login}/security/reset", Permission.MANAGE_OPERATORS)
async def reset_security(sessions: Sessions, store: Store, authorization: Authorization, call: Call, login: Login) -> None:
    """Forget the second factors of somebody who has lost them; all his sessions end."""
    by = call.sign_in.login  # a person's: no program takes a factor away
    if login == by:
        raise RefusedError("yourself", "Свой второй фактор сбрасывает другой администратор.")
    await account_of(store, authorization, call.who, login)
    await sessions.second.reset(login, by)
    await sessions.end_all(login)


ENDPOINTS = (security, begin_authenticator, confirm_authenticator, remove_authenticator, ask_new_passkey, add_passkey, remove_passkey,
             renew_recovery, own_sessions, end_session, end_other_sessions, end_sessions, reset_security)
