"""Sign-in and sessions: argon2id passwords, sessions in the store, rate limits."""

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec.structs import replace

from hub.access.break_glass import LOGIN, OPEN_FOR
from hub.access.failure_log import FailureLog
from hub.access.operator import Operator, Role, SignIn
from hub.access.password_strength import is_easy
from hub.access.second_factor import SecondFactorPolicy
from hub.conversations.ports import Store
from hub.desk.http.session_cookie import LASTS
from hub.desk.sign_in.attempts import Attempts
from hub.desk.sign_in.break_glass import Emergency
from hub.desk.sign_in.idle_sessions import Idle
from hub.desk.sign_in.second_step import PASSKEY, SecondStep
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.rate_limits import subscriber
from hub.kernel.signal import Signal

ON_THE_WALL = timedelta(days=30)
"""A wall display cannot sign in each morning, and shows no personal data."""
ONE_TIME = timedelta(days=3)
"""Validity of a one-time password."""
OVER = "время сеанса вышло"
GLASS = "break_glass"
"""Way of sign-in by the envelope."""
REFUSED = "sign_in_refused"
"""Audit action of a failure; those of strangers are aggregated."""
# Verified for unknown logins, so that the answer takes as long.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$+aYdI0+0nkomQsY/jM4S0Q$rIi9b9njcAgSd+HdcSp8FYn4behoaPb9oqr2hqo5iTw"


class Sessions:
    def __init__(self, store: Store, now: Callable[[], datetime], *, limited: bool, second: SecondStep | None = None,
                 queues: Iterable[str] = (), centre: str = "", leaked: Callable[[str], bool] = lambda _: False,
                 idle: timedelta | None = None) -> None:
        """Without a second step a password is enough. `queues` are all of the hub, `centre` its name; `leaked` may block."""
        self._store, self._now, self._centre, self._leaked = store, now, centre, leaked
        # OWASP password storage cheat sheet: argon2id with 19 MiB, 2 passes, 1 lane.
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._hashing = asyncio.Semaphore(2)
        self._attempts = Attempts(limited=limited)
        self.failures = FailureLog(store, now)
        self._known: OrderedDict[str, tuple[SignIn, Operator]] = OrderedDict()
        self._forgotten = 0
        self.emergency = Emergency(store, now, queues)
        self.second = second or SecondStep(store, None, "", SecondFactorPolicy(), now)
        self.idle = Idle(idle, now)
        self.amending = asyncio.Lock()
        """Lock for changes of accounts, so that concurrent changes are not lost."""
        self.on_end = Signal[[SignIn]]()
        """Called for every ended session, to close its live socket."""

    async def sign_in(self, login: str, password: str, source: str, code: str = "", answer: dict[str, Any] | None = None,
                      ) -> tuple[str, SignIn, Operator]:
        """The cookie's value and the session; raises RefusedError for a wrong password or second factor, or too many attempts.

        Where a required second factor is missing it is refused as `second_factor`, which is no failure.
        """
        operator = await self._known_by(login, password, source)
        if login == LOGIN:
            return await self.open(operator, GLASS, source, lasts=OPEN_FOR)
        if code and answer is None:
            self._attempts.begin_code(login, self._now())
        try:
            second = await self.second.show(login, code, answer)
        except RefusedError as error:
            if error.code == "second_factor":
                self._attempts.take_back(login, source)
            else:  # the password was right: each such failure is audited
                await self._store.note(AuditEntry(self._now(), login, REFUSED, detail=f"{source}: {error.code}"))
            raise
        self._attempts.forget_codes(login)
        return await self.open(operator, second, source)

    async def ask_passkey(self, login: str, password: str, source: str) -> dict[str, Any]:
        """WebAuthn options for a passkey besides the password; raises RefusedError for a wrong one."""
        if login == LOGIN:  # the envelope has no passkey, and checking its password would open it
            raise RefusedError("no_passkey", "У аварийного входа нет ключа доступа: войдите паролем из конверта.")
        await self._known_by(login, password, source)
        self._attempts.take_back(login, source)
        return await self.second.passkeys.request(login)

    async def enter(self, answer: dict[str, Any], source: str) -> tuple[str, SignIn, Operator]:
        """Sign in by a passkey only."""
        now = self._now()
        self._attempts.begin_nameless(source, now)
        try:
            login = await self.second.alone(answer)
        except RefusedError as error:
            await self.failures.note(AuditEntry(now, "", REFUSED, detail=f"{source}: {error.code}"), subscriber(source))
            raise
        operator = await self._store.get(Operator, login)
        if operator is None or not operator.active:
            await self._store.note(AuditEntry(now, login, REFUSED, detail=source))
            raise RefusedError("wrong_passkey", "Ключ доступа не подошёл.")
        return await self.open(operator, PASSKEY, source)

    async def _known_by(self, login: str, password: str, source: str) -> Operator:
        """The owner of login and password; counts as a failure until it is taken back."""
        now = self._now()
        if login == LOGIN:
            return await self._unsealed(password, source)
        self._attempts.begin(login, source, now)
        operator = await self._store.get(Operator, login)
        if operator and operator.one_time and operator.one_time_until and operator.one_time_until <= now:
            operator = None
        good = await self._verify((operator.password if operator and operator.active else "") or NOBODY, password)
        if operator is None or not operator.active or not good:
            await self.failures.note(AuditEntry(now, login, REFUSED, detail=source), subscriber(source))
            raise RefusedError("bad_credentials", "Логин или пароль неверны.")
        return operator

    async def _unsealed(self, password: str, source: str) -> Operator:
        """The right password opens it at once, whatever others have tried: 128 random bits need no lock, and it is the last way in.

        A wrong one is counted, and takes as long, as for any login.
        """
        try:
            return await self.emergency.open(password, source)
        except RefusedError:
            self._attempts.begin(LOGIN, source, self._now())
            await self._verify(NOBODY, password)
            await self.failures.note(AuditEntry(self._now(), LOGIN, REFUSED, detail=source), subscriber(source))
            raise

    async def open(self, operator: Operator, second: str, source: str, session: str = "", lasts: timedelta | None = None,
                   ) -> tuple[str, SignIn, Operator]:
        """A new session each time: a former cookie is worthless (session fixation)."""
        now, login = self._now(), operator.login
        lasts = lasts or (ON_THE_WALL if operator.role is Role.WALL else LASTS)
        self._attempts.entered(login, source)
        await self.failures.settle(REFUSED, subscriber(source))
        token = secrets.token_urlsafe(32)
        sign_in = SignIn(_digest(token), login, secrets.token_urlsafe(24), now, now + lasts, second, source, session)
        await self._store.put(sign_in, AuditEntry(now, login, "sign_in", detail=f"{source} {second}".rstrip()))
        return token, sign_in, operator

    async def confirm(self, operator: Operator, password: str) -> None:
        """A change of factors needs the password again; raises RefusedError."""
        now = self._now()
        self._attempts.begin_own(operator.login, now)
        if not await self._verify(operator.password, password):
            await self._store.note(AuditEntry(now, operator.login, "password_refused", operator.login))
            raise RefusedError("wrong_password", "Пароль неверен.")
        self._attempts.take_back_own(operator.login)

    async def strengthen(self, sign_in: SignIn, second: str) -> SignIn:
        """A second factor was set up in this session: it counts as used, and the other sessions end."""
        stronger = replace(sign_in, second=second)
        await self._store.put(stronger)
        self.forget(sign_in.login)
        await self.end_all(sign_in.login, but=sign_in.token)
        return stronger

    async def who(self, token: str) -> tuple[SignIn, Operator]:
        """The owner of a cookie; raises RefusedError for an unknown or expired one."""
        digest = _digest(token)
        while (known := self._known.get(digest)) is None:
            forgotten = self._forgotten
            sign_in = await self._store.get(SignIn, digest) if token else None
            operator = await self._store.get(Operator, sign_in.login) if sign_in else None
            if sign_in is None or operator is None or not operator.active:
                raise RefusedError("not_signed_in", "Войдите, чтобы продолжить.")
            if forgotten != self._forgotten:
                continue  # an account was changed meanwhile, and this may be its former state
            self._known[digest] = (sign_in, operator)
            if len(self._known) > 20_000:  # noqa: PLR2004 - more than any centre has operators
                self._known.popitem(last=False)
        if self.idle.until(known[0]) <= self._now():
            await self.expire(known[0])
            raise RefusedError("not_signed_in", "Сеанс закончился: войдите снова.")
        self.idle.touch(known[0])
        return known

    async def sign_out(self, sign_in: SignIn, why: str = "") -> None:
        self._known.pop(sign_in.token, None)
        try:
            await self._store.drop(SignIn, sign_in.token, AuditEntry(self._now(), sign_in.login, "sign_out", detail=why))
        finally:  # its screens are closed when it is over, or as soon as nothing can be stored
            self._known.pop(sign_in.token, None)
            self.idle.forget(sign_in)
            self.on_end(sign_in)
        self._forgotten += 1  # concurrent requests may have loaded it again

    async def expire(self, sign_in: SignIn) -> None:
        """Its time is over."""
        await self.sign_out(sign_in, OVER)

    async def change_password(self, operator: Operator, old: str, new: str, sign_in: SignIn) -> Operator:
        """Change the password; all other sessions end. Raises RefusedError."""
        await self.confirm(operator, old)
        if new == old:
            raise RefusedError("weak_password", "Новый пароль должен отличаться от прежнего.")
        if await asyncio.to_thread(is_easy, new, (operator.login, operator.name, self._centre)):
            raise RefusedError("weak_password", "Такой пароль легко угадать: возьмите несколько слов, не связанных друг с другом и с вами.")
        if await asyncio.to_thread(self._leaked, new):
            raise RefusedError("weak_password", "Этот пароль есть в списках утёкших: его пробуют первым. Придумайте другой.")
        digest = await self.hash(new)
        async with self.amending:
            known = await self._store.get(Operator, operator.login) or operator
            changed = replace(known, password=digest, one_time=False, one_time_until=None)
            await self._store.put(changed, AuditEntry(self._now(), operator.login, "password_changed"))
        self.forget(operator.login)
        await self.end_all(operator.login, but=sign_in.token)
        return changed

    async def one_time_password(self, operator: Operator, by: str, *, new: bool = False) -> tuple[Operator, str]:
        """Set a one-time password that must be changed within days, and open a new or closed account; its sessions end.

        Raises RefusedError where it is to be `new`, and the name is taken.
        """
        password = "-".join(secrets.token_hex(2) for _ in range(4))
        digest = await self.hash(password)
        async with self.amending:
            there = await self._store.get(Operator, operator.login)
            if new and there is not None:
                raise RefusedError("exists", "Такой логин уже есть.")
            known = there or operator
            changed = replace(known, password=digest, one_time=True, one_time_until=self._now() + ONE_TIME, active=True)
            await self._store.put(changed, AuditEntry(self._now(), by, "one_time_password", operator.login))
        self._attempts.forget_codes(operator.login)
        await self.end_all(operator.login)
        return changed, password

    async def of(self, login: str) -> list[SignIn]:
        """An operator's current sessions, newest first."""
        now = self._now()
        there = [each for each in await self._store.all(SignIn) if each.login == login and each.until > now]
        return sorted(there, key=lambda each: each.at, reverse=True)

    async def end(self, token: str) -> None:
        """End the session of a cookie, if there is one."""
        digest = _digest(token)
        if token and (sign_in := await self._store.get(SignIn, digest)):
            await self.sign_out(sign_in)

    async def end_one(self, login: str, name: str) -> None:
        """End one of an operator's sessions, by `name_of`; raises RefusedError."""
        for sign_in in await self._store.all(SignIn):
            if sign_in.login == login and name_of(sign_in) == name:
                await self.sign_out(sign_in)
                return
        raise RefusedError("no_session", "Такого сеанса уже нет.")

    async def end_all(self, login: str, but: str = "") -> None:
        """End all sessions of an operator, or all but one."""
        for sign_in in await self._store.all(SignIn):
            if sign_in.login == login and sign_in.token != but:
                await self.sign_out(sign_in)

    def forget(self, login: str) -> None:
        """Reload an operator's role and state at the next request."""
        self._forgotten += 1
        for token in [token for token, (_, operator) in self._known.items() if operator.login == login]:
            del self._known[token]

    async def hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def _verify(self, digest: str, password: str) -> bool:
        async with self._hashing:
            try:
                return await asyncio.to_thread(self._hasher.verify, digest, password)
            except (VerificationError, InvalidHashError):
                return False


def name_of(sign_in: SignIn) -> str:
    """Public id of a session: neither its cookie nor its stored digest can be derived from it."""
    return hashlib.sha256(f"session {sign_in.token}".encode()).hexdigest()[:16]


def _digest(token: str) -> str:
    """Only digests are stored: reading the store does not give access to a session."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()  # header bytes that are no UTF-8
