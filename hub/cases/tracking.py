"""How a citizen follows his case: by its number and a code that only he was told (RQ-04, ST-04).

A wrong number and a wrong code are answered by the same words after the same time. Who may try how often is in guess_limits.py.
"""

import asyncio
import re
import secrets
from collections.abc import Callable
from datetime import datetime

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
WRONG = RefusedError("no_such_case", "Обращения с таким номером и кодом нет. Проверьте цифры.")
NUMBER = re.compile(rf"(\d{{3}})-?(\d{{6}})-?(\d{{{CASE_WIDTH},9}})-?(\d)")


class CaseCode(Document, frozen=True, omit_defaults=True, tag="case_code"):
    """How whoever asks for a case proves that it is his: a slow hash of the code, never the code (ST-04)."""

    number: str
    hash: str


class CaseTracking:
    def __init__(self, store: Store, now: Callable[[], datetime], network: Callable[[Address], str]) -> None:
        """`network` is where whoever is at an address comes from by the web, as Screening.network says it."""
        self._store, self._now, self._network = store, now, network
        self.failures = FailureLog(store, now)
        # OWASP password storage cheat sheet: argon2id with 19 MiB, 2 passes, 1 lane.
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._hashing = asyncio.Semaphore(2)
        self._nobody = self._hasher.hash(secrets.token_hex())
        """What is tried where there is no case, so that the answer takes as long."""
        self._guesses = GuessLimiter()

    async def issue(self, number: str, by: str, proof: str = "") -> str:
        """A new code of a case, which takes the place of any other one. It is told once and stored nowhere.

        `proof` is how whoever has lost the one before has shown who he is.
        """
        code = f"{secrets.randbelow(10 ** DIGITS):0{DIGITS}d}"
        async with self._hashing:
            sealed = await asyncio.to_thread(self._hasher.hash, code)
        await self._store.put(CaseCode(number, sealed), AuditEntry(self._now(), by, "case_code", number, proof))
        return code

    async def look(self, number: str, code: str, asker: str, network: str = "") -> Case:
        """The case of a number and its code, for whoever asks from an address. Raises what `proven` does."""
        case = await self.case(await self.proven(number, code, asker, network))
        if case is None:
            raise WRONG
        return case

    async def case(self, number: str) -> Case | None:
        """The case of a number whose code was right; None for a number of something else."""
        return await self._store.get(Case, number)

    async def proven_at(self, number: str, code: str, address: Address) -> str:
        """The same as `proven`, for whoever asks in a conversation."""
        return await self.proven(number, code, plain(address), self._network(address))

    async def proven(self, number: str, code: str, asker: str, network: str = "") -> str:
        """A number whose code this is, as it is kept: a case's, or whatever else has one.

        Raises RefusedError, the same one for whatever is wrong, and those of guess_limits.py, for a number that is none as well.
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
                # No address is kept with a number.
                await self.failures.note(AuditEntry(self._now(), "", "case_code_wrong", number), network or asker, told=False)
            raise WRONG
        self._guesses.right(asker, number, network)
        return number

    def _fits(self, sealed: str, code: str) -> bool:
        try:
            return self._hasher.verify(sealed, code)
        except VerificationError:
            return False


def spelled(typed: str) -> str:
    """A case's number as it is kept; "" for what is none."""
    found = NUMBER.fullmatch(re.sub(r"[\s№]", "", typed))
    if found is None:
        return ""
    centre, day, running, check = found.groups()
    number = f"{centre}-{day}-{running}"
    return f"{number}-{check}" if check_digit(number) == int(check) else ""


def spoken(code: str) -> str:
    """A code in pairs, as it is read out: «12 34 56 78»."""
    return " ".join(code[at:at + 2] for at in range(0, len(code), 2))
