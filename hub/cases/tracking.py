"""Access of a citizen to a case by its number and a secret code (RQ-04, ST-04).

A wrong number and a wrong code give the same answer after the same time. The limits are in guess_limits.py.
"""

import asyncio
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from hub.access.failure_log import FailureLog
from hub.cases.case import Case
from hub.cases.guess_limits import GuessLimiter
from hub.conversations.address import Address
from hub.conversations.identities import plain
from hub.conversations.ports import Store
from hub.conversations.redaction import HIDDEN, LOST
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.kernel.ids import CASE_WIDTH, check_digit

DIGITS = 8
"""They can be said and typed by telephone."""
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP password storage cheat sheet: argon2id with 19 MiB, 2 passes, 1 lane."""
WRONG = RefusedError("no_such_case", "Обращения с таким номером и кодом нет. Проверьте цифры.")
NUMBER = re.compile(rf"(\d{{3}})-?(\d{{6}})-?(\d{{{CASE_WIDTH},9}})-?(\d)")


class CaseCode(Document, frozen=True, omit_defaults=True, tag="case_code"):
    """Slow hash of the code of a case; the code itself is not stored (ST-04)."""

    number: str
    hash: str


@cache
def nobodys_hash() -> str:
    """The hash of a code that nobody knows; it takes 40 ms, so a process computes one."""
    return HASHER.hash(secrets.token_hex())


class CaseTracking:
    def __init__(self, store: Store, now: Callable[[], datetime], network: Callable[[Address], str]) -> None:
        """`network` gives the network address of a web client."""
        self._store, self._now, self._network = store, now, network
        self.failures = FailureLog(store, now)
        self._hashing = asyncio.Semaphore(2)
        self._nobody = nobodys_hash()
        """Verified where there is no case, so that the answer takes as long."""
        self._guesses = GuessLimiter()

    async def issue(self, number: str, by: str, proof: str = "") -> str:
        """A new code of a case, which replaces the former one. It is shown once and not stored.

        `proof` is how a citizen who lost the former one was identified.
        """
        code = f"{secrets.randbelow(10 ** DIGITS):0{DIGITS}d}"
        async with self._hashing:
            sealed = await asyncio.to_thread(HASHER.hash, code)
        await self._store.put(CaseCode(number, sealed), AuditEntry(self._now(), by, "case_code", number, proof))
        return code

    async def look(self, number: str, code: str, asker: str, network: str = "") -> Case:
        """The case of a number and its code, for an address. Raises what `proven` does."""
        case = await self.case(await self.proven(number, code, asker, network))
        if case is None:
            raise WRONG
        return case

    async def case(self, number: str) -> Case | None:
        """The case of a number whose code was right; None for a number of something else."""
        return await self._store.get(Case, number)

    async def proven_at(self, number: str, code: str, address: Address) -> str:
        """`proven` for the citizen of a conversation."""
        return await self.proven(number, code, plain(address), self._network(address))

    async def proven(self, number: str, code: str, asker: str, network: str = "") -> str:
        """The stored spelling of a number whose code is right: a case's, or another object's.

        Raises the same RefusedError for a wrong number and a wrong code, and those of guess_limits.py.
        """
        if code == HIDDEN:
            raise LOST
        number, code = spelled(number), re.sub(r"\D", "", code)
        known, case = await self._store.get(CaseCode, number), await self._store.get(Case, number)
        if number:
            self._guesses.admit(asker, number, self._now(), own=case is not None and case.address == asker, network=network)
        async with self._hashing:
            right = await asyncio.to_thread(self._fits, known.hash if known else self._nobody, code)
        if not (right and known):
            if number:
                # No address is stored with a number.
                await self.failures.note(AuditEntry(self._now(), "", "case_code_wrong", number), network or asker, told=False)
            raise WRONG
        self._guesses.right(asker, number, network)
        return number

    def _fits(self, sealed: str, code: str) -> bool:
        try:
            return HASHER.verify(sealed, code)
        except VerificationError:
            return False


def spelled(typed: str) -> str:
    """A case number in its stored spelling; "" for what is none."""
    found = NUMBER.fullmatch(re.sub(r"[\s№]", "", typed))
    if found is None:
        return ""
    centre, day, running, check = found.groups()
    number = f"{centre}-{day}-{running}"
    return f"{number}-{check}" if check_digit(number) == int(check) else ""


def spoken(code: str) -> str:
    """A code in pairs for reading out: «12 34 56 78»."""
    return " ".join(code[at:at + 2] for at in range(0, len(code), 2))
