"""Samples talks for review: by weekly plans, and on request (MC-05, SL-06).

The sample is random by a seed that the audit stores, so that it can be reproduced (review.py). A talk is sampled at most once.
Refusals: unknown plan, queue or card, a newer version exists, nothing fits.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.cases.case import CaseKind
from hub.cases.retention import cases_of
from hub.conversations.conversation import Closed, Conversation, WithOperator, connected
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.due_documents import DueDocuments
from hub.kernel.errors import ConflictError, RefusedError
from hub.kernel.ids import first_id
from hub.organisation.queue import Queue
from hub.quality.csat import BAD, Csat
from hub.quality.offensive_words import OffensiveWords
from hub.quality.review import Criteria, DrawCause, Fitting, Review, ReviewPlan, ReviewSample, drawn_of, key_of
from hub.quality.reviews_service import QualityReviews

LOOKBACK = timedelta(days=120)
"""Conversations opened longer than this before a period are not considered."""
LONGEST = timedelta(days=93)
PAGE = 500
EVERY = 1_000_000
WEEK = timedelta(days=7)
OTHER = RefusedError("other_version", "План уже изменили: посмотрите ещё раз.")


class Sampling:
    def __init__(self, sequencer: ConversationSequencer, store: Store, authorization: Authorization, queues: Sequence[Queue],
                 book: QualityReviews, lexicon: OffensiveWords,
                 zone: ZoneInfo) -> None:
        """Weeks begin on Monday at midnight of `zone`."""
        self._sequencer, self._store, self._authorization, self._book, self.lexicon = sequencer, store, authorization, book, lexicon
        self._queues, self._zone = tuple(each.id for each in queues), zone
        self._clock = DueDocuments(store, sequencer.now, ReviewPlan, "due", self._draw_week)
        self._changing = asyncio.Lock()

    async def start(self) -> None:
        """Sample the weeks that ended while the hub was down."""
        await self._clock.start()

    async def close(self) -> None:
        await self._clock.close()

    async def plans(self, who: Operator) -> list[ReviewPlan]:
        """Those of the operator's centres."""
        found = [each for each in await self._store.all(ReviewPlan) if each.centre in self._authorization.centres(who)]
        return sorted(found, key=lambda each: each.key)

    async def draws(self, who: Operator) -> list[ReviewSample]:
        """Newest first."""
        found = [each for each in await self._store.all(ReviewSample) if each.centre in self._authorization.centres(who)]
        return sorted(found, key=lambda each: each.at, reverse=True)

    async def plan(self, who: Operator, key: str, version: int, card: str, criteria: Criteria) -> ReviewPlan:
        """A new plan, or a new version of one. Idempotent."""
        self._checked(who, card, criteria)
        async with self._changing:
            before, now = await self._store.get(ReviewPlan, key), self._sequencer.now()
            if before and before.centre not in self._authorization.centres(who):
                raise RefusedError("exists", "План с этим ключом уже есть в другом центре.")
            due = before.due if before else self._monday(now, 7)
            made = ReviewPlan(key, version + 1, self._centre(who), card, criteria, who.login, now, due)
            if before and replace(made, written=before.written) == before:
                return before
            if version != (before.version if before else 0):
                raise OTHER
            audit_entry = AuditEntry(now, who.login, "review_plan", key, str(made.version))
            await self._store.exchange((made,), (), audit_entry, seen=(before,) if before else ())
        self._clock.look()
        return made

    async def drop(self, who: Operator, key: str) -> None:
        """Its samples stay. Idempotent."""
        async with self._changing:
            before = await self._store.get(ReviewPlan, key)
            if before is not None and before.centre in self._authorization.centres(who):
                await self._store.drop(ReviewPlan, key, AuditEntry(self._sequencer.now(), who.login, "review_plan_dropped", key))

    async def draw(self, who: Operator, key: str, card: str, criteria: Criteria, since: datetime, until: datetime) -> ReviewSample:
        """Sample a period once, under the requester's key: idempotent."""
        self._checked(who, card, criteria)
        if not since < until <= since + LONGEST:
            raise RefusedError("bad_dates", "Период задан неверно: не больше трёх месяцев.")
        async with self._changing:
            if (before := await self._store.get(ReviewSample, key)) is not None:
                if before.centre not in self._authorization.centres(who):
                    raise RefusedError("exists", "Такой ключ уже занят: возьмите другой.")
                return before
            made, reviews = await self._drawn(key, self._centre(who), card, criteria, since, until, who.login)
            if not reviews:
                raise RefusedError("nothing_selected", "Под эти условия не подходит ни один разговор, который ещё не проверяли.")
            await self._keep(made, reviews)
            return made

    def _checked(self, who: Operator, card: str, criteria: Criteria) -> None:
        self._book.cards.find(who, card)
        if criteria.queue and (criteria.queue not in self._queues or not self._authorization.covers(who, criteria.queue)):
            raise RefusedError("no_such_queue", "Такой очереди в вашем центре нет.")

    async def _draw_week(self, plan: ReviewPlan) -> None:
        """Sample the finished week; the plan advances in the same commit, so that it is sampled once."""
        async with self._changing:
            known = await self._store.get(ReviewPlan, plan.key)
            if known is None or known.due > self._sequencer.now():
                return
            since = self._monday(known.due, -7)
            key = f"{known.key}/{since:%G-W%V}"
            made, reviews = await self._drawn(key, known.centre, known.card, known.criteria, since, known.due, "", known.key)
            after = replace(known, due=self._monday(known.due, 7))
            try:
                await self._keep(made, reviews, after, known)
            except ConflictError:
                return  # it is loaded again

    async def _keep(self, made: ReviewSample, reviews: Sequence[Review], after: ReviewPlan | None = None,
                    seen: ReviewPlan | None = None) -> None:
        audit_entry = AuditEntry(made.at, made.by, "talks_drawn", made.key, f"seed={made.seed} {made.drawn}/{made.fitting}")
        await self._store.exchange((after,) if after else (), (), audit_entry, seen=(seen,) if seen else (), new=(made, *reviews))
        self._book.drawn(reviews)

    async def _drawn(self, key: str, centre: str, card: str, criteria: Criteria, since: datetime, until: datetime, by: str,
                     plan: str = "") -> tuple[ReviewSample, list[Review]]:
        now, seed, version = self._sequencer.now(), secrets.token_hex(16), self._book.card_for(card).id
        fitting = [each async for each in self._fitting(centre, criteria, since, until)]
        chosen = drawn_of(seed, fitting, criteria.per, criteria.number)
        reviews = [Review(each.key, each.conversation, each.number, each.operator, each.queue, each.channel, centre, each.closed, version,
                          criteria.cause, now, key) for each in chosen]
        return ReviewSample(key, centre, seed, criteria, since, until, now, by, len(fitting), len(reviews), plan), reviews

    async def _fitting(self, centre: str, criteria: Criteria, since: datetime, until: datetime) -> AsyncGenerator[Fitting, None]:
        """Talks of the centre ended by an operator in the period that were not sampled before and match the criteria."""
        after, before = first_id(since - LOOKBACK), first_id(until)
        while page := await self._store.over(before, after=after, limit=PAGE):
            after = page[-1].id
            for head in page:
                talk = self._talk(head, centre, since, until)
                if (talk and criteria.takes(talk) and await self._store.get(Review, talk.key) is None
                        and await self._meets(talk, criteria)):
                    yield talk

    def _talk(self, head: Conversation, centre: str, since: datetime, until: datetime) -> Fitting | None:
        holder = head.holder
        if not (isinstance(holder, Closed) and head.served and head.served_by and since <= head.served < until):
            return None
        if self._authorization.line(head.queue).centre != centre:
            return None
        channel = head.address.family
        return Fitting(key_of(head.id, head.served), head.id, head.number, head.served_by, head.queue, channel, head.served)

    async def _meets(self, talk: Fitting, criteria: Criteria) -> bool:
        match criteria.cause:
            case DrawCause.RANDOM:
                return True
            case DrawCause.COMPLAINT:
                return any(each.kind is CaseKind.COMPLAINT for each in await cases_of(self._store, talk.conversation))
            case DrawCause.GRADE:
                grade = await self._store.get(Csat, talk.key)
                return grade is not None and 0 < grade.grade <= BAD
            case DrawCause.LONG:
                holders = [each.entry.holder for each in await self._store.moves_of([talk.conversation])
                           if isinstance(each.entry, HandedOver) and each.entry.at <= talk.closed]
                began = [connected(each) for each in holders if isinstance(each, WithOperator)]
                return bool(began) and talk.closed - began[-1] >= timedelta(minutes=criteria.long_min)
            case DrawCause.REMARKS:
                return bool(self.lexicon.found(await said_in(self._store, talk.conversation)))

    def _centre(self, who: Operator) -> str:
        return min(self._authorization.centres(who))

    def _monday(self, moment: datetime, days: int) -> datetime:
        """Midnight of the Monday of its week, plus some days."""
        day: date = moment.astimezone(self._zone).date()
        return datetime.combine(day + timedelta(days=days - day.weekday()), time(), self._zone)


async def said_in(store: Store, conversation: int) -> list[StoredEvent]:
    """All records of a conversation, in order."""
    found: list[StoredEvent] = []
    while page := await store.records(conversation, before=found[0].id if found else 0, limit=PAGE):
        found[:0] = page
    return found
