"""One list of everything past its term: owed answers, other open conversations, and cases (GV-16, GV-17)."""

from contextlib import aclosing
from datetime import datetime
from typing import Literal

from msgspec import Struct

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.cases.case import Case
from hub.cases.lists import in_order
from hub.conversations.conversation import FIRST, Conversation, WithOperator, due_position, waiting_position
from hub.conversations.ports import Store
from hub.conversations.promise_creation import is_term, term_of
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.cases.parts import Cases
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.parts import Clock
from hub.desk.organisation.scope import CentreScope
from hub.federation.handover_sender import HandoverSender

MOST = 500
"""Rows of the list: where more are late, the first show where to begin."""
BATCH = 100


class PastTermOut(Struct, frozen=True):
    """`id` opens a conversation, or is the number of a case; `operator` is the login of the holder, "" for none."""

    kind: Literal["promise", "conversation", "case"]
    id: str
    number: str
    line: str
    channel: str
    since: datetime
    due: datetime
    operator: str


class PastTermsOut(Struct, frozen=True):
    """The longest overdue first."""

    rows: list[PastTermOut]
    more: bool


@endpoint("GET", "/api/past-term", Permission.SEE_ALL)
async def past_term(store: Store, sequencer: ConversationSequencer, handover_sender: HandoverSender, clock: Clock, scope: CentreScope,
                    actions: Actions, cases: Cases, call: Call) -> PastTermsOut:
    """Visible conversations and cases whose answer is overdue: promises, contacts that nobody answered for a day, and cases."""
    now = clock()
    heads = {head.id: head for head in await _late(store, now)}
    heads |= {number: (await sequencer.load(number)).head for number in handover_sender.away}
    rows = [row for head in heads.values() if actions.sees(call.who, head) and (row := _row(head)) is not None and row.due < now]
    rows += await _cases(store, cases, call.who, scope.lines(call.who), now)
    if rows:
        await actions.readings.note(call.who.login, "listed", detail="past term")
    rows.sort(key=lambda row: (row.due, row.id))
    return PastTermsOut(rows[:MOST], more=len(rows) > MOST)


async def _late(store: Store, now: datetime) -> list[Conversation]:
    """Those that may be late: each list is read in its order as far as it is."""
    found = [*await store.held(""), *await store.aside(MOST)]
    after = FIRST
    while page := await store.promised(after=after, limit=BATCH):
        found += [head for head in page if head.promise is not None and head.promise.due < now]
        after = due_position(page[-1])
        if after[0] > now.timestamp():
            break
    after = FIRST
    while page := await store.waiting((), BATCH, after=after):
        found += page
        after = waiting_position(page[-1])
        if (term := term_of(page[-1])) is not None and term > now:
            break
    return found


def _row(head: Conversation) -> PastTermOut | None:
    if (due := term_of(head)) is None:
        return None
    owed, holder = head.promise, head.holder
    return PastTermOut(
        "conversation" if owed is None or is_term(owed) else "promise", str(head.id), head.number, head.queue,
        head.address.family, owed.given if owed else head.opened, due,
        holder.operator if isinstance(holder, WithOperator) else "")


async def _cases(store: Store, cases: Cases, who: Operator, lines: list[str], now: datetime) -> list[PastTermOut]:
    found: list[PastTermOut] = []
    async with aclosing(in_order(store, "owed", lines)) as owed:
        async for case in owed:
            if case.due >= now or len(found) > MOST:
                break
            if cases.work.sees(who, case):
                found.append(_case_row(case))
    return found


def _case_row(case: Case) -> PastTermOut:
    return PastTermOut("case", case.number, case.number, case.line or case.home, "", case.registered, case.due, case.worker)


ENDPOINTS = (past_term,)
