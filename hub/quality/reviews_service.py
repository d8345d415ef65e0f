"""Scorecards and reviews: assignment, scoring, the operator's response, appeals (MC-05).

A review belongs to the centre of the talk's line. Reviewers do not review their own talks, nor decide about their own scoring.
Refusals: unknown card or review, another centre's, one's own talk, or changed since it was seen.
"""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.access.read_log import AccessGround
from hub.conversations.conversation import WithOperator
from hub.conversations.journal import HandedOver
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.due_documents import DueDocuments
from hub.kernel.errors import ConflictError, RefusedError
from hub.kernel.signal import Signal
from hub.organisation.legal_terms import LegalTerm, end_of_term, midnight_after
from hub.organisation.production_calendar import is_worked
from hub.quality.review import Review, ReviewState, ScoreAppeal, Scoring
from hub.quality.scorecard import ItemScore, Scorecard, ScoreItem, check, check_scores, id_of
from hub.quality.surveys.survey import Bilingual
from hub.quality.versioned_forms import OTHER, VersionedForms

EVERY = 1_000_000
NO_CARD = RefusedError("no_such_card", "Такого листа оценки нет.")
NO_REVIEW = RefusedError("no_such_review", "Такой проверки нет.")
TAKEN = RefusedError("exists", "Лист оценки с этим ключом ведёт другой центр узла: возьмите другой ключ.")
OWN = RefusedError("own_talk", "Свой разговор и свою оценку проверяет другой сотрудник.")


class CardForm(Struct, frozen=True):
    """Editor's input of a scorecard."""

    title: Bilingual
    items: tuple[ScoreItem, ...]
    sources: tuple[str, ...] = ()


class QualityReviews:
    """The scorecards and reviews of one hub; open reviews are in memory, since they determine read access."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, authorization: Authorization, *, appeal_days: int, zone: ZoneInfo,
                 shipped: Sequence[tuple[str, CardForm]]) -> None:
        """Working days of `zone` for an appeal; `shipped` are the initial cards of a hub."""
        self._sequencer, self._store, self._authorization, self._zone, self._shipped = sequencer, store, authorization, zone, shipped
        self._term = LegalTerm(working_days=appeal_days)
        self.cards = VersionedForms(store, authorization, partial(store.all, Scorecard), missing=NO_CARD, taken=TAKEN)
        self._open: dict[int, dict[str, Review]] = {}
        self._clock = DueDocuments(store, sequencer.now, Review, "due", self._settle)
        self._changing = asyncio.Lock()
        self.on_own = Signal[[str]]()
        """Login whose own scores have changed."""

    async def start(self) -> None:
        now = self._sequencer.now()
        await self.cards.start((_version(key, 0, form, "", now, "") for key, form in self._shipped), "scorecards_filled",
                               self._sequencer.now)
        after = ""
        while page := await self._store.page(Review, after=after):
            after = page[-1].key
            for each in page:
                self._know(each)
        await self._clock.start()

    async def close(self) -> None:
        await self._clock.close()

    # Scorecards

    def card_for(self, key: str) -> Scorecard:
        """The newest version of one that a plan names."""
        if (found := self.cards.newest(key)) is None:
            raise NO_CARD
        return found

    def card_of(self, review: Review) -> Scorecard:
        return self.cards.of(review.card)

    async def write(self, who: Operator, key: str, version: int, form: CardForm) -> Scorecard:
        """A new version after the one seen, 0 for the first. Idempotent."""
        check(form.items)
        def made(centre: str, at: datetime) -> Scorecard:
            return _version(key, version, form, who.login, at, centre)

        return await self.cards.write(who, key, version, "scorecard", made, self._sequencer.now())

    # Reviews

    async def queue(self, who: Operator) -> list[Review]:
        """Open reviews and appeals of the operator's centres, the oldest first, without own talks."""
        found = [each for of in self._open.values() for each in of.values()
                 if each.centre in self._authorization.centres(who) and each.operator != who.login]
        return sorted(found, key=lambda each: (each.drawn, each.key))

    async def own(self, who: Operator) -> list[Review]:
        """The operator's own scored talks, newest first."""
        return await self._store.marked(Review, "operator", who.login, newest=True, limit=200)

    async def settled(self, centres: Collection[str], since: datetime, until: datetime) -> list[Review]:
        """Reviews of centres settled in a period."""
        return [each for centre in sorted(centres)
                for each in await self._store.marked(Review, "settled", centre, since=since, until=until, limit=EVERY)]

    async def find(self, who: Operator, key: str) -> Review:
        """One under the operator's review, or an own scored one; others are reported as unknown."""
        found = await self._store.get(Review, key)
        if found is None or not (self._reviews(who, found) or (found.operator == who.login and found.scorings)):
            raise NO_REVIEW
        return found

    def _reviews(self, who: Operator, review: Review) -> bool:
        return (review.operator != who.login and self._authorization.may(who, Permission.SCORE_TALKS)
                and review.centre in self._authorization.centres(who))

    def ground(self, who: Operator, conversation: int) -> AccessGround | None:
        """The ground on which an operator may read a talk with an open review: as its reviewer, or after being scored."""
        for each in self._open.get(conversation, {}).values():
            if each.operator == who.login and each.scorings:
                return AccessGround.SCORED
            if who.login in {each.reviewer, each.objection.judge if each.objection else ""}:
                return AccessGround.REVIEW
        return None

    async def take(self, who: Operator, key: str, *, back: bool = False) -> Review:
        """Take it for scoring, or for a decision on an appeal; or give it `back`. Idempotent."""
        async with self._changing:
            before = await self._mine(who, key)
            if before.state in {ReviewState.SCORED, ReviewState.SETTLED}:
                raise OTHER
            holds = before.objection.judge if before.objection else before.reviewer
            if holds == ("" if back else who.login):
                return before
            if holds not in {"", who.login}:
                raise RefusedError("taken", "Эту проверку уже взял другой сотрудник.")
            if not back:
                await self._stranger(who, before)
            holder = "" if back else who.login
            after = replace(before, reviewer=holder)
            if before.objection:
                after = replace(before, objection=replace(before.objection, judge=holder))
            return await self._put(before, after, who, "review_returned" if back else "review_taken")

    async def score(self, who: Operator, key: str, scores: Sequence[ItemScore], words: str) -> Review:
        """Scores of a taken talk; its operator is informed, and may appeal. Idempotent."""
        async with self._changing:
            before = await self._mine(who, key)
            made = Scoring(self._sequencer.now(), who.login, tuple(scores), words.strip())
            if before.scorings and replace(before.scorings[0], at=made.at) == made:
                return before
            if before.state is not ReviewState.TAKEN or before.reviewer != who.login:
                raise OTHER
            check_scores(self.card_of(before), scores)
            last = end_of_term(made.at.astimezone(self._zone).date(), self._term, is_worked)
            after = replace(before, scorings=(made,), until=midnight_after(last, self._zone))
            return await self._put(before, after, who, "talk_scored")

    async def agree(self, who: Operator, key: str) -> Review:
        """The operator accepts the score, which settles it. Idempotent."""
        async with self._changing:
            before = await self._own(who, key)
            if before.state is ReviewState.SETTLED:
                return before
            if before.state is not ReviewState.SCORED:
                raise OTHER
            return await self._put(before, replace(before, settled=self._sequencer.now()), who, "score_accepted")

    async def object(self, who: Operator, key: str, words: str) -> Review:
        """The operator appeals with a text: another reviewer decides. Once, and within the time."""
        async with self._changing:
            before, now = await self._own(who, key), self._sequencer.now()
            if before.objection and before.objection.words == words.strip():
                return before
            if before.state is not ReviewState.SCORED or before.until is None or before.until <= now:
                raise RefusedError("too_late", "Возразить уже нельзя: срок прошёл или оценка окончательна.")
            return await self._put(before, replace(before, objection=ScoreAppeal(now, words.strip())), who, "score_appealed")

    async def decide(self, who: Operator, key: str, answer: str, scores: Sequence[ItemScore] | None) -> Review:
        """The arbiter confirms the score (None), or scores again. Idempotent."""
        async with self._changing:
            before, now = await self._mine(who, key), self._sequencer.now()
            known = before.objection
            if known is None or known.judge != who.login:
                raise OTHER
            if before.settled and known.answer == answer.strip():
                return before
            if before.settled:
                raise OTHER
            scorings = before.scorings
            if scores is not None:
                check_scores(self.card_of(before), scores)
                scorings += (Scoring(now, who.login, tuple(scores)),)
            objection = replace(known, decided=now, upheld=scores is None, answer=answer.strip())
            return await self._put(before, replace(before, scorings=scorings, objection=objection, settled=now), who, "appeal_decided")

    async def _mine(self, who: Operator, key: str) -> Review:
        """One that the operator may review; the first reviewer does not decide about the appeal."""
        found = await self._store.get(Review, key)
        if found is None or found.centre not in self._authorization.centres(who):
            raise NO_REVIEW
        if found.operator == who.login or (found.objection and found.scorings[0].by == who.login):
            raise OWN
        return found

    async def _own(self, who: Operator, key: str) -> Review:
        found = await self._store.get(Review, key)
        if found is None or found.operator != who.login or not found.scorings:
            raise NO_REVIEW
        return found

    async def _stranger(self, who: Operator, review: Review) -> None:
        """Raises RefusedError for an operator who has ever held the conversation."""
        moves = await self._store.moves_of([review.conversation])
        if any(isinstance(each.entry, HandedOver) and isinstance(each.entry.holder, WithOperator)
               and each.entry.holder.operator == who.login for each in moves):
            raise OWN

    async def _settle(self, review: Review) -> None:
        """The time for an appeal is over."""
        async with self._changing:
            before = await self._store.get(Review, review.key)
            if before is not None and before.state is ReviewState.SCORED:
                await self._put(before, replace(before, settled=self._sequencer.now()), None, "score_settled")

    async def _put(self, before: Review, after: Review, who: Operator | None, what: str) -> Review:
        audit_entry = AuditEntry(self._sequencer.now(), who.login if who else "", what, str(after.conversation or after.key),
                                 after.operator)
        try:
            await self._store.exchange((after,), (), audit_entry, seen=(before,))
        except ConflictError:
            raise OTHER from None
        self._know(after)
        if after.scorings:
            self.on_own(after.operator)
        self._clock.look()
        return after

    def _know(self, review: Review) -> None:
        of = self._open.setdefault(review.conversation, {})
        if review.settled is None and review.conversation:
            of[review.key] = review
        else:
            of.pop(review.key, None)
        if not of:
            del self._open[review.conversation]

    def drawn(self, reviews: Sequence[Review]) -> None:
        """New stored reviews."""
        for each in reviews:
            self._know(each)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: erased conversations cannot be read any more."""
        if change.head is not None and live.head.erased is not None:
            self._open.pop(change.conversation, None)


def _version(key: str, version: int, form: CardForm, by: str, now: datetime, centre: str) -> Scorecard:
    return Scorecard(id_of(key, version + 1), key, version + 1, form.title, form.items, by, now, form.sources, centre)
