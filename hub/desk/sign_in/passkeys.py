"""Passkeys of operators: challenges, counters, owners (SE-01). A PasskeyCeremony verifies the browsers' answers."""

import secrets
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac
from typing import Any

import msgspec
from msgspec.structs import replace

from hub.access.operator import Operator
from hub.access.ports import PasskeyCeremony
from hub.access.second_factor import Passkey
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.web import bodies

ANSWER_WITHIN = timedelta(minutes=5)
NONCE, UNTIL = 16, 8
"""Bytes at the beginning of a challenge; their signature follows."""
MOST = 20
"""Most passkeys of one person."""


class Challenges:
    """Challenges for a few minutes, for one purpose, once. Only answered ones are stored: a flood does not fill the memory."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now, self._key = now, secrets.token_bytes(32)
        self._used: dict[bytes, datetime] = {}

    def make(self, purpose: str) -> bytes:
        head = secrets.token_bytes(NONCE) + int((self._now() + ANSWER_WITHIN).timestamp()).to_bytes(UNTIL, "big")
        return head + self._signature(head, purpose)

    def answered(self, answer: dict[str, Any], purpose: str) -> bytes:
        """The answered challenge; raises RefusedError when it is unknown, for another purpose, expired, or used."""
        challenge, now = _challenge_of(answer), self._now()
        head, signature = challenge[:NONCE + UNTIL], challenge[NONCE + UNTIL:]
        fresh = now.timestamp() < int.from_bytes(head[NONCE:], "big") and challenge not in self._used
        if not (compare_digest(signature, self._signature(head, purpose)) and fresh):
            raise RefusedError("wrong_passkey", "Время вышло: попробуйте ещё раз.")
        self._used = {each: until for each, until in self._used.items() if until > now} | {challenge: now + ANSWER_WITHIN}
        return challenge

    def _signature(self, head: bytes, purpose: str) -> bytes:
        return hmac(self._key, head + purpose.encode(), "sha256")


class Passkeys:
    def __init__(self, store: Store, ceremony: PasskeyCeremony | None, now: Callable[[], datetime]) -> None:
        """Without a ceremony there are no passkeys."""
        self._store, self._ceremony, self._now = store, ceremony, now
        self._challenges = Challenges(now)

    @property
    def offered(self) -> bool:
        return self._ceremony is not None

    async def of(self, login: str) -> list[Passkey]:
        return [passkey for passkey in await self._store.all(Passkey) if passkey.login == login]

    async def creation(self, who: Operator) -> dict[str, Any]:
        """WebAuthn options for a new one."""
        known = await self.of(who.login)
        if len(known) >= MOST:
            raise RefusedError("too_many", f"Ключей доступа не может быть больше {MOST}.")
        return self._theirs().creation(self._challenges.make(f"create {who.login}"), who.login, who.name, known)

    async def created(self, who: Operator, name: str, answer: dict[str, Any]) -> Passkey:
        """The browser's new one; it is not stored yet."""
        id_, key, count = self._theirs().created(answer, self._challenges.answered(answer, f"create {who.login}"))
        if await self._store.get(Passkey, id_):
            raise RefusedError("wrong_passkey", "Этот ключ доступа уже подключён.")
        return Passkey(id_, who.login, key, count, name, self._now())

    async def request(self, login: str) -> dict[str, Any]:
        """WebAuthn options for using one: of a login, or of any account where the login is ""."""
        known = await self.of(login) if login else []
        if login and not known:
            raise RefusedError("no_passkey", "Ключ доступа не подключён.")
        return self._theirs().request(self._challenges.make(f"show {login}"), known)

    async def show(self, answer: dict[str, Any], login: str) -> Passkey:
        """The owner of a used passkey; where the login is "", it replaces the password, too. Raises RefusedError."""
        theirs, challenge = self._theirs(), self._challenges.answered(answer, f"show {login}")
        passkey = await self._store.get(Passkey, answer["id"])
        if passkey is None or login not in {"", passkey.login}:
            raise RefusedError("wrong_passkey", "Ключ доступа не подошёл.")
        count = theirs.shown(answer, challenge, passkey, alone=not login)
        if (count or passkey.count) and count <= passkey.count:  # W3C WebAuthn 6.1.1: a cloned authenticator
            await self._store.note(AuditEntry(self._now(), passkey.login, "passkey_regressed", passkey.login, passkey.name))
            raise RefusedError("wrong_passkey", "Счётчик ключа доступа пошёл назад: сообщите администратору.")
        used = replace(passkey, count=count)
        await self._store.put(used)
        return used

    def _theirs(self) -> PasskeyCeremony:
        if self._ceremony is None:
            raise RefusedError("not_offered", "Ключи доступа в этом центре не используются.")
        return self._ceremony


def _challenge_of(answer: dict[str, Any]) -> bytes:
    """The challenge in the browser's answer; b"" without one."""
    try:
        told = msgspec.json.decode(_bytes(answer["response"]["clientDataJSON"]), type=dict[str, object])
        return _bytes(str(told["challenge"]))
    except (*bodies.UNREADABLE, ValueError, KeyError):
        return b""


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def key_of(passkey: Passkey) -> str:
    """Its id in URLs: credential ids may be too long."""
    return sha256(passkey.id.encode()).hexdigest()[:16]
