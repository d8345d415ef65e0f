"""Stores code words and powers of attorney, and verifies them for a citizen's addresses (ST-03, ST-04).

A word is compared in constant time, with the same work where a number has none.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from hashlib import blake2b
from typing import TypeVar

from msgspec.structs import replace

from hub.citizens.code_words import CodeWord, Power, Vouched
from hub.conversations.address import E164
from hub.conversations.identities import Pepper, address_of
from hub.conversations.ports import Store
from hub.conversations.verification_level import check_shown
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.ports import DocumentKey

V = TypeVar("V", CodeWord, Power)
PEPPER = "status"
LONGEST, SHORTEST = 40, 4
PAGE = 1000
NO_SUCH = RefusedError("no_such_voucher", "Этой записи уже нет.")


class CodeWordService:
    def __init__(self, store: Store, now: Callable[[], datetime], today: Callable[[], date]) -> None:
        """`today` is the day at the centre."""
        self._store, self._now, self._today = store, now, today
        self._pepper = b""
        self._hashing = asyncio.Semaphore(2)

    async def start(self) -> None:
        """Load digests of earlier runs; expired powers are deleted."""
        pepper = await self._store.get(Pepper, PEPPER)
        if pepper is None:
            await self._store.put(pepper := Pepper(PEPPER, secrets.token_bytes(32)))
        self._pepper = pepper.secret
        for each in await self._store.all(Power):
            if not each.holds(self._today()):
                await self._store.drop(Power, each.key)

    async def register(self, number: str, snils: str, word: str, shown: str, by: str, conversation: int) -> None:
        """A citizen chose a word in person; it replaces any earlier one. Raises RefusedError."""
        check_shown(shown)
        word = _chosen(word)
        if not E164.fullmatch(number):
            raise RefusedError("no_number", "Укажите номер телефона, с которого он будет обращаться.")
        key = self.digest(number)
        made = CodeWord(key, (await self._slow(key, word)).hex(), self.digest(snils), self._now(), by)
        await self._store.put(made, AuditEntry(self._now(), by, "code_word_set", str(conversation), shown))

    async def empower(self, address: str, snils: str, until: date, shown: str, by: str, conversation: int) -> Power:
        """A citizen showed a document that allows them to act for another. Raises RefusedError."""
        check_shown(shown)
        if until < self._today():
            raise RefusedError("too_late", "Срок этих полномочий уже прошёл.")
        subject = self.digest(snils)
        power = Power(f"{self.digest(way(address))}/{subject}", subject, shown, until, self._now(), by)
        await self._store.put(power, AuditEntry(self._now(), by, "power_recorded", str(conversation), f"{shown}, {until:%d.%m.%Y}"))
        return power

    async def of(self, addresses: Sequence[str]) -> Vouched:
        """Everything recorded for the owner of these addresses."""
        words = await self.registered(addresses)
        given = {power.key: power for each in words for power in await self._store.marked(Power, "subject", each.subject, limit=PAGE)}
        held = [power for each in sorted({self.digest(way(each)) for each in addresses}) for power in await self._powers(each)]
        return Vouched(words, self._standing(held), self._standing(given.values()))

    async def change(self, addresses: Sequence[str], key: str, word: str, conversation: int) -> None:
        """A verified citizen chose another word. Raises RefusedError."""
        word, before = _chosen(word), _found((await self.of(addresses)).words, key)
        after = replace(before, word=(await self._slow(key, word)).hex(), at=self._now(), by="")
        await self._store.put(after, AuditEntry(self._now(), "", "code_word_set", str(conversation)))

    async def withdraw(self, addresses: Sequence[str], key: str, by: str, conversation: int) -> None:
        """Revoke a code word; `by` is the operator who was told so, "" is the citizen. Raises RefusedError."""
        _found((await self.of(addresses)).words, key)
        await self._store.drop(CodeWord, key, AuditEntry(self._now(), by, "code_word_withdrawn", str(conversation)))

    async def end(self, addresses: Sequence[str], key: str, by: str, conversation: int) -> None:
        """End a power of attorney, held or given. Raises RefusedError."""
        vouched = await self.of(addresses)
        _found((*vouched.held, *vouched.given), key)
        await self._store.drop(Power, key, AuditEntry(self._now(), by, "power_ended", str(conversation)))

    async def registered(self, addresses: Iterable[str]) -> Sequence[CodeWord]:
        """Code words of the owner of these addresses."""
        numbers = {way(each) for each in addresses}
        found = [await self._store.get(CodeWord, self.digest(each)) for each in sorted(numbers) if E164.fullmatch(each)]
        return [each for each in found if each is not None]

    async def knows(self, addresses: Iterable[str], word: str) -> str:
        """The digest of the СНИЛС registered with a word and one of these numbers; "" for a wrong word."""
        known = await self._registered_or_nobody(addresses)
        fits = [hmac.compare_digest(each.word, (await self._slow(each.key, plain_word(word))).hex()) for each in known]
        return next((each.subject for each, right in zip(known, fits, strict=True) if right), "")

    async def power(self, addresses: Iterable[str], snils: str) -> Power | None:
        """The power of attorney for the owner of this СНИЛС."""
        subject = self.digest(snils)
        found = [await self._store.get(Power, f"{self.digest(way(each))}/{subject}") for each in addresses]
        return next((each for each in found if each is not None and each.holds(self._today())), None)

    async def subjects(self, addresses: Iterable[str]) -> Sequence[str]:
        """Persons whose disclosures are shown to the owner of these addresses, besides those in the own conversations."""
        return [each.subject for each in await self.registered(addresses)]

    async def kept(self, address: str) -> list[DocumentKey]:
        """Data deleted with the last conversation of an address."""
        key = self.digest(way(address))
        return [(CodeWord, key), *((Power, each.key) for each in await self._powers(key))]

    def digest(self, value: str) -> str:
        return blake2b(value.encode(), key=self._pepper, digest_size=16).hexdigest()

    async def _powers(self, holder: str) -> Sequence[Power]:
        return await self._store.marked(Power, "holder", holder, limit=PAGE)

    def _standing(self, powers: Iterable[Power]) -> Sequence[Power]:
        return sorted((each for each in powers if each.holds(self._today())), key=lambda each: each.at)

    async def _registered_or_nobody(self, addresses: Iterable[str]) -> Sequence[CodeWord]:
        return await self.registered(addresses) or [CodeWord("nobody", secrets.token_hex(32), "", self._now(), "")]

    async def _slow(self, key: str, word: str) -> bytes:
        # RFC 7914 §2; 16 MiB. A word is short: only the key prevents guessing from the digest.
        async with self._hashing:
            return await asyncio.to_thread(hashlib.scrypt, word.encode(), salt=self._pepper + key.encode(), n=1 << 14, r=8, p=1, dklen=32)


def _chosen(word: str) -> str:
    word = plain_word(word)
    if not SHORTEST <= len(word) <= LONGEST:
        raise RefusedError("bad_word", f"Кодовое слово — одно слово или число, от {SHORTEST} до {LONGEST} знаков, без пробелов.")
    return word


def _found(among: Iterable[V], key: str) -> V:
    found = next((each for each in among if each.key == key), None)
    if found is None:
        raise NO_SUCH
    return found


def way(address: str) -> str:
    """The common part of an address for calls and messages: its number."""
    value = address_of(address).value
    return value if E164.fullmatch(value) else address


def plain_word(word: str) -> str:
    """The word in one spelling."""
    return "" if len(word.split()) != 1 else word.strip().casefold().replace("ё", "е")
