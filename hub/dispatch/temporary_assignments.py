"""Temporary assignment of operators to other lines, with a timed return that survives restarts (MC-01, SL-03).

An assignment is stored in the account (docs/decisions/0068-lent-and-rearranged.md), so it cannot end twice or be forgotten.
"""

import asyncio
import math
from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from msgspec import Struct

from hub.access.authorization import ROLE, Authorization
from hub.access.operator import Operator, Presence, changes, given_back, lent
from hub.access.permissions import Permission, may
from hub.access.temporary_assignment import TemporaryAssignment, allowed
from hub.conversations.ports import Store
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.due_documents import DueDocuments
from hub.kernel.errors import RefusedError
from hub.kernel.signal import Signal
from hub.organisation.queue import Lines


class AssignmentWish(Struct, frozen=True):
    """Target lines, end, and whether the own lines are kept."""

    lines: tuple[str, ...]
    until: datetime
    keeps: bool = False


class Refused(Struct, frozen=True):
    """Operators it is refused for, and why."""

    login: str
    code: str
    text: str


class Lendable(Struct, frozen=True):
    """Lines that an operator would serve; `lacks` are missing skills."""

    before: Operator
    after: Operator
    lacks: tuple[str, ...]


class LineThen(Struct, frozen=True):
    """A line now and after the change: operators at work, and the wait in seconds."""

    queue: str
    waiting: int
    at_work: int
    at_work_then: int
    predicted_s: float
    predicted_then_s: float


class Outlook(Struct, frozen=True):
    """Preview of the changes."""

    people: list[Lendable]
    refused: list[Refused]
    lines: list[LineThen]


class TemporaryAssignments:
    """The temporary assignments of one hub."""

    def __init__(self, store: Store, now: Callable[[], datetime], authorization: Authorization, dispatch: Dispatch, lines: Lines,
                 amending: asyncio.Lock,
                 expects: Callable[[str, Collection[str], Collection[str]], float] = lambda _line, _joining, _leaving: math.inf) -> None:
        """`amending` is the lock for changes of accounts.

        `expects` gives the wait in a line, in seconds, if some operators served it in addition, and others no more (overflow.py).
        """
        self._store, self._now, self._authorization, self._dispatch, self._lines = store, now, authorization, dispatch, lines
        self._amending = amending
        self._clock = DueDocuments(store, now, Operator, "due", self._ring)
        self.start, self.close, self.look = self._clock.start, self._clock.close, self._clock.look
        self._expects = expects
        self.on_change = Signal[[Operator]]()

    def outlook(self, who: Operator, logins: Iterable[str], wish: AssignmentWish) -> Outlook:
        """Preview without a change. Raises RefusedError for an impossible wish."""
        self._check(who, wish)
        people, refused = list[Lendable](), list[Refused]()
        for login in logins:
            try:
                before, after = self._lent(who, self._dispatch.operator(login), wish)
                people.append(Lendable(before, after, self._lacks(before, wish.lines)))
            except RefusedError as error:
                refused.append(Refused(login, error.code, error.text))
        touched = dict.fromkeys((*wish.lines, *(queue for each in people for queue in each.before.queues)))
        return Outlook(people, refused, [self._line(queue, people) for queue in touched])

    async def lend(self, who: Operator, logins: Iterable[str], wish: AssignmentWish) -> list[Refused]:
        """Assign each operator separately; returns the refused ones. Raises RefusedError as `outlook` does."""
        self._check(who, wish)

        def how(operator: Operator | None) -> tuple[Operator, Operator]:
            return self._lent(who, operator, wish)
        return await self._change(who, logins, how, "operator_lent", f"; до {wish.until.isoformat(timespec='minutes')}")

    async def give_back(self, who: Operator, logins: Iterable[str]) -> list[Refused]:
        """End assignments early; operators without one are ignored."""
        def how(operator: Operator | None) -> tuple[Operator, Operator]:
            known = self._led(who, operator)
            return known, given_back(known)
        return await self._change(who, logins, how, "operator_returned", "")

    async def _change(self, who: Operator, logins: Iterable[str], how: Callable[[Operator | None], tuple[Operator, Operator]], what: str,
                      more: str) -> list[Refused]:
        refused: list[Refused] = []
        for login in dict.fromkeys(logins):
            try:
                async with self._amending:
                    before, after = how(await self._store.get(Operator, login))
                    if after != before:
                        await self._store.put(after, AuditEntry(self._now(), who.login, what, login, changes(before, after) + more))
            except RefusedError as error:
                refused.append(Refused(login, error.code, error.text))
            else:
                self.on_change(after)
        self._clock.look()
        return refused

    async def _ring(self, due: Operator) -> None:
        """The time is over."""
        async with self._amending:
            before, now = await self._store.get(Operator, due.login), self._now()
            if before is None or before.loan is None or before.loan.until > now:
                return  # ended at this moment
            after = given_back(before)
            await self._store.put(after, AuditEntry(now, "", "operator_returned", before.login, changes(before, after)))
        self.on_change(after)

    def _check(self, who: Operator, wish: AssignmentWish) -> None:
        allowed(wish.until, self._now())
        if not wish.lines or any(line not in self._lines or self._lines[line].successor for line in wish.lines):
            raise RefusedError("no_such_queue", "Такой линии нет, или она закрыта.")
        if not (self._authorization.may(who, Permission.STEER) and self._authorization.covers_all(who, wish.lines)):
            raise RefusedError("forbidden", "Это линия другого центра: людей на неё переводит его руководство.")

    def _led(self, who: Operator, operator: Operator | None) -> Operator:
        """An operator of a centre that the caller supervises."""
        if operator is None or not may(operator, Permission.SERVE):
            raise RefusedError("no_such_operator", "Такого оператора нет.")
        if not self._authorization.may(who, Permission.STEER):
            raise RefusedError("forbidden", ROLE)
        if not self._authorization.covers_all(who, operator.own_queues):
            raise RefusedError("forbidden", "Это сотрудник другого центра.")
        return operator

    def _lent(self, who: Operator, operator: Operator | None, wish: AssignmentWish) -> tuple[Operator, Operator]:
        known = self._led(who, operator)
        if known.loan is not None:
            raise RefusedError("lent_before", "Он уже переведён на время: сначала верните его.")
        if not all(self._authorization.covers(known, line) for line in wish.lines):
            raise RefusedError("other_centre", "Он не работает в центре этой линии.")
        if not all(self._authorization.works(known, line) for line in wish.lines):
            raise RefusedError("contractor", "Работа этой линии его подрядчику не передана.")
        after = lent(known, TemporaryAssignment(wish.lines, known.queues, wish.until, self._now(), who.login, wish.keeps))
        if set(after.queues) == set(known.queues):
            raise RefusedError("nothing_new", "Он и так на этих линиях.")
        return known, after

    def _lacks(self, operator: Operator, lines: Iterable[str]) -> tuple[str, ...]:
        wanted = {name: level for line in lines for name, level in self._lines[line].skills.items()}
        return tuple(sorted(name for name, level in wanted.items() if operator.skills.get(name, 0) < level))

    def _line(self, queue: str, people: Collection[Lendable]) -> LineThen:
        joining = [each.after.login for each in people if queue not in each.before.queues and queue in each.after.queues]
        leaving = [each.after.login for each in people if queue in each.before.queues and queue not in each.after.queues]
        there = sum(queue in each.queues and self._at_work(each.login) for each in self._dispatch.operators())
        then = there + sum(map(self._at_work, joining)) - sum(map(self._at_work, leaving))
        predicted_s, predicted_then_s = self._expects(queue, (), ()), self._expects(queue, joining, leaving)
        return LineThen(queue, self._dispatch.length(queue), there, then, predicted_s, predicted_then_s)

    def _at_work(self, login: str) -> bool:
        return self._dispatch.presence(login) is not Presence.OFFLINE
