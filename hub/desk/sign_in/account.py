"""Who is signed in: session, password, presence."""

import msgspec

from hub.access.operator import Operator, Presence, SignIn
from hub.access.permissions import Permission
from hub.desk.desk import Desk
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.wire import CentreOut, ChannelTitleOut, MeOut, NamedOut, PasswordIn, PresenceIn
from hub.desk.sign_in.forms import AskIn, CredentialsIn, OptionsOut, PasskeyAnswer, WaysOut
from hub.kernel.errors import RefusedError


def me_out(desk: Desk, who: Operator, sign_in: SignIn) -> MeOut:
    queues, topics = desk.centre.named()
    return MeOut(
        who.login, who.name, who.role, desk.authorization.granted(who), list(who.queues), desk.dispatch.presence(who.login),
        sign_in.csrf, who.one_time, desk.sessions.second.lacking(sign_in, who), desk.centre.name, queues, topics,
        bool(desk.places.errands), desk.centre.timezone,
        desk.centre.skills,
        [NamedOut(number, title) for number, title in desk.consulting.directory.items()],
        [CentreOut(each.number, each.name, each.level) for each in desk.consulting.centres()],
        desk.contractors() if desk.authorization.may(who, Permission.MANAGE_OPERATORS) else [],
        desk.authorization.may(who, Permission.SEE_PERSON),
        desk.wrap_up.until(who.login), desk.loan(who), desk.handover_sender.remote.linked,
        [ChannelTitleOut(name, each.title, each.icon, each.spoken) for name, each in desk.sequencer.traits.declared().items()])


@endpoint("POST", "/api/session", public=True)
async def sign_in(desk: Desk, call: Call, body: CredentialsIn) -> MeOut:
    """Sign in; the answer sets the session's cookie."""
    answer = msgspec.to_builtins(body.passkey) if body.passkey else None
    return await _opened(desk, call, await desk.sessions.sign_in(body.login, body.password, call.source, body.code, answer))


@endpoint("GET", "/api/session/ways", public=True)
async def ways(desk: Desk, call: Call) -> WaysOut:
    """How one may sign in here besides login and password."""
    del call
    return WaysOut(desk.sessions.second.offered and desk.sessions.second.passkeys.offered, desk.centre.provider)


@endpoint("POST", "/api/session/passkey/ask", public=True)
async def ask_passkey(desk: Desk, call: Call, body: AskIn) -> OptionsOut:
    """What the browser needs to show a passkey: alone, or besides login and password."""
    if not body.login:
        return OptionsOut(await desk.sessions.second.passkeys.request(""))
    return OptionsOut(await desk.sessions.ask_passkey(body.login, body.password, call.source))


@endpoint("POST", "/api/session/passkey", public=True)
async def enter(desk: Desk, call: Call, body: PasskeyAnswer) -> MeOut:
    """Sign in by a passkey alone; the answer sets the session's cookie."""
    return await _opened(desk, call, await desk.sessions.enter(msgspec.to_builtins(body), call.source))


async def _opened(desk: Desk, call: Call, opened: tuple[str, SignIn, Operator]) -> MeOut:
    """The browser has the new session alone: whatever it brought is over."""
    await desk.sessions.end(call.brought)
    call.cookie, session, who = opened
    return me_out(desk, who, session)


@endpoint("DELETE", "/api/session", Permission.ACCOUNT, first=True)
async def sign_out(desk: Desk, call: Call) -> None:
    """Sign out."""
    await desk.sessions.sign_out(call.sign_in)
    call.cookie = ""


@endpoint("GET", "/api/me", Permission.ACCOUNT, first=True)
async def me(desk: Desk, call: Call) -> MeOut:
    """Who is signed in, and what he may do."""
    return me_out(desk, call.who, call.sign_in)


@endpoint("POST", "/api/password", Permission.ACCOUNT, first=True)
async def password(desk: Desk, call: Call, body: PasswordIn) -> MeOut:
    """Change one's password."""
    changed = await desk.sessions.change_password(call.who, body.old, body.new, call.sign_in)
    return me_out(desk, changed, call.sign_in)


@endpoint("PUT", "/api/presence", Permission.ACCOUNT)
async def presence(desk: Desk, call: Call, body: PresenceIn) -> MeOut:
    """Say whether one can be reached; only `ready` brings offers, and `wrap_up` is `ready` again after its time, which it begins anew."""
    if body.presence is Presence.READY and not desk.authorization.may(call.who, Permission.SERVE):
        raise RefusedError("forbidden", "Для этого у вас нет прав.")
    # As the account is now: what was changed of it while this request came in must not be undone for the router.
    desk.dispatch.set_presence(await desk.store.get(Operator, call.who.login) or call.who, body.presence)
    return me_out(desk, call.who, call.sign_in)


ENDPOINTS = (sign_in, ways, ask_passkey, enter, sign_out, me, password, presence)
