"""The signed-in account: session, password, presence."""

import msgspec

from hub.access.authorization import Authorization
from hub.access.operator import Operator, Presence, SignIn
from hub.access.permissions import Permission
from hub.conversations.ports import Store
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.organisation.centre import Centre
from hub.desk.sign_in.forms import AskIn, CredentialsIn, MeOut, OptionsOut, PasskeyAnswer, PasswordIn, PresenceIn, WaysOut
from hub.desk.sign_in.profile import OwnProfile
from hub.desk.sign_in.sessions import Sessions
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError


@endpoint("POST", "/api/session", public=True)
async def sign_in(sessions: Sessions, profile: OwnProfile, call: Call, body: CredentialsIn) -> MeOut:
    """Sign in; the answer sets the session's cookie."""
    answer = msgspec.to_builtins(body.passkey) if body.passkey else None
    return await _opened(sessions, profile, call, await sessions.sign_in(body.login, body.password, call.source, body.code, answer))


@endpoint("GET", "/api/session/ways", public=True)
async def ways(centre: Centre, sessions: Sessions, call: Call) -> WaysOut:
    """Available ways to sign in besides login and password."""
    del call
    return WaysOut(sessions.second.offered and sessions.second.passkeys.offered, centre.provider)


@endpoint("POST", "/api/session/passkey/ask", public=True)
async def ask_passkey(sessions: Sessions, call: Call, body: AskIn) -> OptionsOut:
    """WebAuthn options for a passkey: alone, or besides login and password."""
    if not body.login:
        return OptionsOut(await sessions.second.passkeys.request(""))
    return OptionsOut(await sessions.ask_passkey(body.login, body.password, call.source))


@endpoint("POST", "/api/session/passkey", public=True)
async def enter(sessions: Sessions, profile: OwnProfile, call: Call, body: PasskeyAnswer) -> MeOut:
    """Sign in by a passkey only; the answer sets the session's cookie."""
    return await _opened(sessions, profile, call, await sessions.enter(msgspec.to_builtins(body), call.source))


async def _opened(sessions: Sessions, profile: OwnProfile, call: Call, opened: tuple[str, SignIn, Operator]) -> MeOut:
    """The browser has only the new session: the former one ends."""
    await sessions.end(call.brought)
    call.cookie, session, who = opened
    return profile.out(who, session)


@endpoint("DELETE", "/api/session", Permission.ACCOUNT, first=True)
async def sign_out(sessions: Sessions, call: Call) -> None:
    """Sign out."""
    await sessions.sign_out(call.sign_in)
    call.cookie = ""


@endpoint("GET", "/api/me", Permission.ACCOUNT, first=True)
async def me(profile: OwnProfile, call: Call) -> MeOut:
    """The signed-in account and its permissions."""
    return profile.out(call.who, call.sign_in)


@endpoint("POST", "/api/password", Permission.ACCOUNT, first=True)
async def password(sessions: Sessions, profile: OwnProfile, call: Call, body: PasswordIn) -> MeOut:
    """Change one's password."""
    changed = await sessions.change_password(call.who, body.old, body.new, call.sign_in)
    return profile.out(changed, call.sign_in)


@endpoint("PUT", "/api/presence", Permission.ACCOUNT)
async def presence(dispatch: Dispatch, authorization: Authorization, store: Store, profile: OwnProfile, call: Call,
                   body: PresenceIn) -> MeOut:
    """Set one's presence; only `ready` brings offers, and `wrap_up` becomes `ready` after its time, which restarts."""
    if body.presence is Presence.READY and not authorization.may(call.who, Permission.SERVE):
        raise RefusedError("forbidden", "Для этого у вас нет прав.")
    # The current account: a concurrent change must not be undone for the router.
    dispatch.set_presence(await store.get(Operator, call.who.login) or call.who, body.presence)
    return profile.out(call.who, call.sign_in)


ENDPOINTS = (sign_in, ways, ask_passkey, enter, sign_out, me, password, presence)
