"""Keeps code words and powers, and tells whether one holds for whoever asks from his addresses (ST-03, ST-04).

A word is compared in constant time, after as much work where there is none for his number.
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
        """`today` is the day where the centre is."""
        self._store, self._now, self._today = store, now, today
        self._pepper = b""
        self._hashing = asyncio.Semaphore(2)

    async def start(self) -> None:
        """Digests of an earlier run are still known; powers that are over are kept no longer."""
        pepper = await self._store.get(Pepper, PEPPER)
        if pepper is None:
            await self._store.put(pepper := Pepper(PEPPER, secrets.token_bytes(32)))
        self._pepper = pepper.secret
        for each in await self._store.all(Power):
            if not each.holds(self._today()):
                await self._store.drop(Power, each.key)

    async def register(self, number: str, snils: str, word: str, shown: str, by: str, conversation: int) -> None:
        """A citizen has chosen a word in person; it takes the place of any before. Raises RefusedError."""
        check_shown(shown)
        word = _chosen(word)
        if not E164.fullmatch(number):
            raise RefusedError("no_number", "Укажите номер телефона, с которого он будет обращаться.")
        key = self.digest(number)
        made = CodeWord(key, (await self._slow(key, word)).hex(), self.digest(snils), self._now(), by)
        await self._store.put(made, AuditEntry(self._now(), by, "code_word_set", str(conversation), shown))

    async def empower(self, address: str, snils: str, until: date, shown: str, by: str, conversation: int) -> Power:
        """Whoever is at an address has shown a paper by which he acts for another. Raises RefusedError."""
        check_shown(shown)
        if until < self._today():
            raise RefusedError("too_late", "Срок этих полномочий уже прошёл.")
        subject = self.digest(snils)
        power = Power(f"{self.digest(way(address))}/{subject}", subject, shown, until, self._now(), by)
        await self._store.put(power, AuditEntry(self._now(), by, "power_recorded", str(conversation), f"{shown}, {until:%d.%m.%Y}"))
        return power

    async def of(self, addresses: Sequence[str]) -> Vouched:
        """What is recorded of whoever has these addresses."""
        words = await self.registered(addresses)
        given = {power.key: power for each in words for power in await self._store.marked(Power, "subject", each.subject, limit=PAGE)}
        held = [power for each in sorted({self.digest(way(each)) for each in addresses}) for power in await self._powers(each)]
        return Vouched(words, self._standing(held), self._standing(given.values()))

    async def change(self, addresses: Sequence[str], key: str, word: str, conversation: int) -> None:
        """He has chosen another word himself, and is known to be who he is. Raises RefusedError."""
        word, before = _chosen(word), _found((await self.of(addresses)).words, key)
        after = replace(before, word=(await self._slow(key, word)).hex(), at=self._now(), by="")
        await self._store.put(after, AuditEntry(self._now(), "", "code_word_set", str(conversation)))

    async def withdraw(self, addresses: Sequence[str], key: str, by: str, conversation: int) -> None:
        """A code word counts no more; `by` is the operator whom he has told so, "" is himself. Raises RefusedError."""
        _found((await self.of(addresses)).words, key)
        await self._store.drop(CodeWord, key, AuditEntry(self._now(), by, "code_word_withdrawn", str(conversation)))

    async def end(self, addresses: Sequence[str], key: str, by: str, conversation: int) -> None:
        """Nobody acts by a power any more, be it his or given by him. Raises RefusedError."""
        vouched = await self.of(addresses)
        _found((*vouched.held, *vouched.given), key)
        await self._store.drop(Power, key, AuditEntry(self._now(), by, "power_ended", str(conversation)))

    async def registered(self, addresses: Iterable[str]) -> Sequence[CodeWord]:
        """Code words of whoever has these addresses."""
        numbers = {way(each) for each in addresses}
        found = [await self._store.get(CodeWord, self.digest(each)) for each in sorted(numbers) if E164.fullmatch(each)]
        return [each for each in found if each is not None]

    async def knows(self, addresses: Iterable[str], word: str) -> str:
        """The digest of the СНИЛС that a word was registered with, at one of his numbers; "" for a wrong word."""
        known = await self._registered_or_nobody(addresses)
        fits = [hmac.compare_digest(each.word, (await self._slow(each.key, plain_word(word))).hex()) for each in known]
        return next((each.subject for each, right in zip(known, fits, strict=True) if right), "")

    async def power(self, addresses: Iterable[str], snils: str) -> Power | None:
        """By which somebody may ask for whose СНИЛС this is."""
        subject = self.digest(snils)
        found = [await self._store.get(Power, f"{self.digest(way(each))}/{subject}") for each in addresses]
        return next((each for each in found if each is not None and each.holds(self._today())), None)

    async def subjects(self, addresses: Iterable[str]) -> Sequence[str]:
        """Of whom disclosures are told to whoever has these addresses, besides those in his conversations."""
        return [each.subject for each in await self.registered(addresses)]

    async def kept(self, address: str) -> list[DocumentKey]:
        """What goes with the last conversation of an address."""
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
        # RFC 7914 §2; 16 MiB. A word is short: it is the key that keeps whoever has the digest from guessing it.
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
    """What is the same of an address whether he calls or writes: its number."""
    value = address_of(address).value
    return value if E164.fullmatch(value) else address


def plain_word(word: str) -> str:
    """As it may be written either way."""
    return "" if len(word.split()) != 1 else word.strip().casefold().replace("ё", "е")
