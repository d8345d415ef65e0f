"""The second step of signing in: setting up, using, and resetting factors (SE-01)."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from hub.access.operator import Operator, SignIn
from hub.access.ports import PasskeyCeremony
from hub.access.second_factor import (
    SECRET_BYTES,
    CodeSecret,
    SecondFactorDemand,
    SecondFactorPolicy,
    SecondFactors,
    address_of,
    recovery_codes,
    step_of,
    stored,
    told,
)
from hub.conversations.ports import Store
from hub.desk.sign_in.passkeys import Passkeys, key_of
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.kernel.ports import Keys, WrappedKey

BEGUN_FOR = timedelta(minutes=10)
"""How long a shown secret may be confirmed."""
CODE, RECOVERY, PASSKEY = "code", "recovery", "passkey"
"""The used factor of a session."""


class SecondStep:
    def __init__(self, store: Store, keys: Keys | None, centre: str, policy: SecondFactorPolicy, now: Callable[[], datetime],
                 ceremony: PasskeyCeremony | None = None) -> None:
        """`centre` is its code: secrets sealed here cannot be opened elsewhere."""
        self.passkeys = Passkeys(store, ceremony, now)
        self._store, self._keys, self._centre, self._policy, self._now = store, keys, centre, policy, now
        self._begun: dict[str, tuple[bytes, datetime]] = {}
        self.using = asyncio.Lock()
        """Lock for using or changing a factor, so that none is used twice."""

    @property
    def offered(self) -> bool:
        return self._policy.demand is not SecondFactorDemand.OFF

    def lacking(self, sign_in: SignIn, who: Operator) -> bool:
        """Whether the operator must set up a second factor before anything else."""
        return self._policy.requires(who) and not sign_in.second

    async def of(self, login: str) -> SecondFactors | None:
        return await self._store.get(SecondFactors, login)

    async def show(self, login: str, code: str, answer: dict[str, Any] | None) -> str:
        """Use a code or a passkey's answer, and return its kind; "" where none is required. Raises RefusedError."""
        if not self.offered:
            return ""
        async with self.using:
            factors = await self.of(login)
            if factors is None:
                return ""
            if answer is not None:
                await self.passkeys.show(answer, login)
                return PASSKEY
            if not code:
                raise RefusedError("second_factor", "Подтвердите вход вторым фактором.")
            if (step := await self._step(factors, code)) is not None:
                await self._store.put(replace(factors, step=step))
                return CODE
            if (digest := stored(code)) in factors.recovery:
                left = tuple(each for each in factors.recovery if each != digest)
                audit_entry = AuditEntry(self._now(), login, "recovery_code_used", detail=f"осталось {len(left)}")
                await self._store.put(replace(factors, recovery=left), audit_entry)
                return RECOVERY
        raise RefusedError("wrong_second_factor", "Код не подошёл. Если он уже использован, дождитесь следующего.")

    async def _step(self, factors: SecondFactors, code: str) -> int | None:
        held = await self._store.get(CodeSecret, factors.login)
        if held is None:
            return None
        return step_of(await self._opened(held), "".join(code.split()), self._now(), factors.step)

    async def begin(self, who: Operator, centre: str) -> tuple[str, str]:
        """A new secret for an authenticator, as text and as an address; active after confirmation."""
        self._check_offered()
        if await self._store.get(CodeSecret, who.login):
            raise RefusedError("already_enrolled", "Приложение с кодами уже подключено: сначала отключите его.")
        secret = secrets.token_bytes(SECRET_BYTES)
        self._begun[who.login] = (secret, self._now() + BEGUN_FOR)
        return told(secret), address_of(secret, who.login, centre)

    async def confirm(self, who: Operator, code: str) -> list[str]:
        """The authenticator works: codes are required from now on. Returns the recovery codes, [] where there are some."""
        self._check_offered()
        secret, until = self._begun.get(who.login, (b"", self._now()))
        if until <= self._now():
            raise RefusedError("not_begun", "Время вышло: начните подключение заново.")
        step = step_of(secret, "".join(code.split()), self._now(), 0)
        if step is None:
            raise RefusedError("wrong_code", "Код не подошёл: проверьте время на телефоне и введите новый код.")
        async with self.using:
            factors, codes = await self._factors(who.login)
            audit_entry = AuditEntry(self._now(), who.login, "authenticator_added", who.login)
            await self._store.exchange([await self._sealed(who.login, secret), replace(factors, step=step)], [], audit_entry)
        del self._begun[who.login]
        return codes

    async def begin_passkey(self, who: Operator) -> dict[str, Any]:
        self._check_offered()
        return await self.passkeys.creation(who)

    async def add_passkey(self, who: Operator, name: str, answer: dict[str, Any]) -> list[str]:
        """A new passkey: a second factor is required from now on. Returns the recovery codes, [] where there are some."""
        self._check_offered()
        async with self.using:
            passkey = await self.passkeys.created(who, name, answer)
            factors, codes = await self._factors(who.login)
            await self._store.exchange([passkey, factors], [], AuditEntry(self._now(), who.login, "passkey_added", who.login, name))
        return codes

    async def alone(self, answer: dict[str, Any]) -> str:
        """The owner of a passkey used instead of login and password."""
        self._check_offered()
        async with self.using:
            return (await self.passkeys.show(answer, "")).login

    async def _factors(self, login: str) -> tuple[SecondFactors, list[str]]:
        """The operator's factors, or new ones with these recovery codes."""
        if known := await self.of(login):
            return known, []
        codes = recovery_codes()
        return SecondFactors(login, self._now(), recovery=tuple(map(stored, codes))), codes

    async def renew_recovery(self, who: Operator) -> list[str]:
        """New recovery codes; the former ones become invalid."""
        async with self.using:
            factors = await self.of(who.login)
            if factors is None:
                raise RefusedError("not_enrolled", "Второй фактор не подключён.")
            codes = recovery_codes()
            audit_entry = AuditEntry(self._now(), who.login, "recovery_codes_made", who.login)
            await self._store.put(replace(factors, recovery=tuple(map(stored, codes))), audit_entry)
        return codes

    async def remove_codes(self, who: Operator, sign_in: SignIn) -> None:
        """Remove the authenticator; raises RefusedError for a session opened without a second factor."""
        _check_shown(sign_in)
        async with self.using:
            codes, passkeys = await self._store.get(CodeSecret, who.login), await self.passkeys.of(who.login)
            await self._drop(who.login, "authenticator_removed", [codes], last=not passkeys)

    async def remove_passkey(self, who: Operator, sign_in: SignIn, key: str) -> None:
        """The same for one passkey, by `key_of`."""
        _check_shown(sign_in)
        async with self.using:
            codes, passkeys = await self._store.get(CodeSecret, who.login), await self.passkeys.of(who.login)
            gone = [passkey for passkey in passkeys if key_of(passkey) == key]
            if not gone:
                raise RefusedError("no_passkey", "Такого ключа доступа нет.")
            await self._drop(who.login, "passkey_removed", gone, last=codes is None and len(passkeys) == 1)

    async def reset(self, login: str, by: str) -> None:
        """The operator has lost all factors: delete them."""
        async with self.using:
            await self._drop(login, "second_factor_reset", [await self._store.get(CodeSecret, login), *await self.passkeys.of(login)],
                             last=True, by=by)

    async def _drop(self, login: str, what: str, gone: Sequence[Document | None], *, last: bool, by: str = "") -> None:
        """With the last factor the recovery codes are deleted, too."""
        there = [*gone, await self.of(login)] if last else gone
        await self._store.exchange([], [each for each in there if each], AuditEntry(self._now(), by or login, what, login))

    def _check_offered(self) -> None:
        if not self.offered:
            raise RefusedError("not_offered", "Второй фактор в этом центре не используется.")

    async def _sealed(self, login: str, secret: bytes) -> CodeSecret:
        if self._keys is None:
            return CodeSecret(login, "", secret)
        wrapped = await asyncio.to_thread(self._keys.wrap, secret, owner(self._centre, login))
        return CodeSecret(login, wrapped.key, wrapped.content)

    async def _opened(self, held: CodeSecret) -> bytes:
        if not held.key:
            return held.content
        if self._keys is None:
            raise RefusedError("no_keys", "Ключи центра недоступны: код проверить нельзя.")
        return await asyncio.to_thread(self._keys.unwrap, WrappedKey(held.key, held.content), owner(self._centre, held.login))


def _check_shown(sign_in: SignIn) -> None:
    if not sign_in.second:
        raise RefusedError("second_factor_needed", "Войдите заново со вторым фактором, чтобы отключить его.")


def owner(centre: str, login: str) -> str:
    """The owner of a secret, for hub.kernel.ports.Keys."""
    return f"{centre}/codes/{login}"
