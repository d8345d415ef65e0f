"""How a citizen follows his case: by its number and a code that only he was told (RQ-04, ST-04).

A wrong number and a wrong code are answered by the same words after the same time. Three failures lock a number for a day.
"""

import asyncio
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from msgspec.structs import replace

from hub.audit import Deed
from hub.cases import Case, CaseCode
from hub.errors import ConflictError, RefusedError
from hub.numbers import CASE_WIDTH, check_digit
from hub.ports import Store

DIGITS = 8
"""They can be said and typed by telephone; at three tries a day all of them take 33 million days."""
TRIES = 3
LOCK = timedelta(days=1)
KEPT = 10_000
"""Numbers that are no case's, and were asked for lately."""
WRONG = RefusedError("no_such_case", "Обращения с таким номером и кодом нет. Проверьте цифры.")
LOCKED = RefusedError("case_locked", "Код трижды не подошёл. Попробуйте через сутки или узнайте о ходе обращения на личном приёме.")
NUMBER = re.compile(rf"(\d{{3}})-?(\d{{6}})-?(\d{{{CASE_WIDTH},9}})-?(\d)")


class Following:
    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now
        # OWASP password storage cheat sheet: argon2id with 19 MiB, 2 passes, 1 lane.
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._hashing = asyncio.Semaphore(2)
        self._nobody = self._hasher.hash(secrets.token_hex())
        """What is tried where there is no case, so that the answer takes as long."""
        self._strangers: OrderedDict[str, CaseCode] = OrderedDict()

    async def issue(self, number: str, by: str, proof: str = "") -> str:
        """A new code of a case, which takes the place of any other one. It is told once and stored nowhere.

        `proof` is how whoever has lost the one before has shown who he is.
        """
        code = f"{secrets.randbelow(10 ** DIGITS):0{DIGITS}d}"
        async with self._hashing:
            sealed = await asyncio.to_thread(self._hasher.hash, code)
        await self._store.put(CaseCode(number, sealed), Deed(self._now(), by, "case_code", number, proof))
        return code

    async def look(self, number: str, code: str) -> Case:
        """The case of a number and its code. Raises RefusedError, the same one for whatever is wrong, until it is locked."""
        number, code = spelled(number), re.sub(r"\D", "", code)
        known = await self._store.get(CaseCode, number)
        asked = known or self._strangers.get(number) or CaseCode(number, self._nobody)
        async with self._hashing:
            right = await asyncio.to_thread(self._fits, asked.hash, code)
        if asked.locked is not None and self._now() < asked.locked:
            raise LOCKED
        if not (right and known):
            if number:
                await self._missed(known, asked)
            raise WRONG
        if asked.failed:
            await self._keep(replace(asked, failed=0, locked=None), asked)
        case = await self._store.get(Case, number)
        if case is None:
            raise WRONG
        return case

    def _fits(self, sealed: str, code: str) -> bool:
        try:
            return self._hasher.verify(sealed, code)
        except VerificationError:
            return False

    async def _missed(self, known: CaseCode | None, asked: CaseCode) -> None:
        failed = asked.failed + 1 if asked.locked is None else 1
        missed = replace(asked, failed=failed, locked=self._now() + LOCK if failed >= TRIES else None)
        if known is not None:
            await self._keep(missed, asked)
            return
        # Noted as well, so that a number that there is not takes as long as one that there is (ST-02).
        await self._store.note(Deed(self._now(), "", "case_code_wrong", asked.number))
        self._strangers[asked.number] = missed
        self._strangers.move_to_end(asked.number)
        if len(self._strangers) > KEPT:
            self._strangers.popitem(last=False)

    async def _keep(self, code: CaseCode, seen: CaseCode) -> None:
        """Whoever guesses at the same moment is refused, not counted less."""
        try:
            await self._store.exchange((code,), (), Deed(self._now(), "", "case_code_wrong", code.number) if code.failed else None,
                                       seen=(seen,))
        except ConflictError:
            raise WRONG from None


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
