"""Drafting, approval and follow-up of recommendations from complaints (CM-06, CM-07).

Refusals: unknown recommendation, empty selection, invalid step, approval of one's own text.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

from msgspec import Struct
from msgspec.structs import replace

from hub.access.operator import Operator
from hub.cases.case import Case
from hub.cases.lists import between
from hub.cases.recommendation import (
    STEPS,
    Evidence,
    MeasuredEffect,
    Recommendation,
    RecommendationState,
    RecommendationStep,
    ReportedFigure,
    Revision,
    Selection,
    count,
    counted,
    differs,
    sorts,
)
from hub.cases.topic_tree import TopicTree
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, RefusedError
from hub.kernel.signal import Signal
from hub.knowledge.authorities import Authority

TRIES = 5
EVERY = 1000
DAY = timedelta(days=1)
DEEDS = {
    RecommendationState.APPROVED: "recommendation_approved", RecommendationState.SENT: "recommendation_sent",
    RecommendationState.ACCEPTED: "recommendation_accepted",
    RecommendationState.REJECTED: "recommendation_rejected", RecommendationState.DONE: "recommendation_done"}


class Wording(Struct, frozen=True):
    title: str
    cause: str
    proposal: str
    addressee: str


class RecommendationService:
    def __init__(self, store: Store, topic_tree: TopicTree, authorities: Callable[[], Mapping[str, Authority]], centre: str, zone: tzinfo,
                 now: Callable[[], datetime]) -> None:
        self._store, self._topic_tree, self._authorities = store, topic_tree, authorities
        self._centre, self._zone, self._now = centre, zone, now
        self.on_change = Signal[[Recommendation]]()

    async def evidence(self, selection: Selection) -> Evidence:
        """The current result of a selection."""
        return self._count(await self._cases(selection), selection, self._now())

    async def behind(self, selection: Selection, table: str, key: str) -> list[Case]:
        """The cases of a table row now, or without a table all of them, newest first."""
        those = counted(await self._cases(selection), selection, self._now(), self._topic_tree.trees)
        sort = sorts(selection.version, self._topic_tree.trees, self._zone).get(table)
        row = [case for case in those if sort is None or sort(case) == key]
        return sorted(row, key=lambda case: (case.registered, case.number), reverse=True)

    def _count(self, cases: Iterable[Case], selection: Selection, at: datetime) -> Evidence:
        return count(cases, selection, at, self._topic_tree.trees, self._zone)

    async def _cases(self, selection: Selection) -> list[Case]:
        begins, ends = self._midnight(selection.since), self._midnight(selection.until + DAY)
        return [case async for case in between(self._store, "home", selection.lines, begins, ends)]

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone)

    async def all(self) -> list[Recommendation]:
        """Of this centre, newest first."""
        return await self._store.marked(Recommendation, "centre", self._centre, newest=True, limit=EVERY)

    async def find(self, id_: str) -> Recommendation:
        found = await self._store.get(Recommendation, id_)
        if found is None:
            raise RefusedError("no_such_recommendation", "Такой рекомендации нет.")
        return found

    async def draft(self, who: Operator, selection: Selection, wording: Wording, reported: ReportedFigure | None = None) -> Recommendation:
        """A new one, under the next number of the centre; out of complaints here, or of what centres have `reported`."""
        edition = await self._edition(who, selection, wording, reported)
        for left in reversed(range(TRIES)):
            newest = await self._store.marked(Recommendation, "centre", self._centre, newest=True, limit=1)
            number = newest[0].number + 1 if newest else 1
            made = Recommendation(f"{self._centre}-Р-{number}", number, self._centre, selection, (edition,),
                                  (RecommendationStep(self._now(), who.login, RecommendationState.DRAFT),))
            try:
                await self._store.exchange((), (), self._audit_entry(who, "recommendation_draft", made), new=(made,))
            except ConflictError:
                if not left:
                    raise
            else:
                self.on_change(made)
                return made
        raise AssertionError  # the loop has returned or raised

    async def revise(self, who: Operator, id_: str, wording: Wording) -> Recommendation:
        """A new edition with current figures: it is a draft again."""
        recommendation = await self.find(id_)
        if RecommendationState.DRAFT not in STEPS[recommendation.state]:
            raise RefusedError("bad_step", "Отправленную рекомендацию не переписывают.")
        edition = await self._edition(who, recommendation.selection, wording, recommendation.edition.evidence.reported)
        after = replace(recommendation, editions=(*recommendation.editions, edition),
                        moves=(*recommendation.moves, RecommendationStep(self._now(), who.login, RecommendationState.DRAFT)))
        return await self._put(who, "recommendation_revise", recommendation, after)

    def steps(self, who: Operator, recommendation: Recommendation) -> list[RecommendationState]:
        """The possible next steps for this person; DRAFT is another edition."""
        own = recommendation.edition.by == who.login
        return [state for state in RecommendationState if state in STEPS[recommendation.state]
                and not (own and state is RecommendationState.APPROVED)]

    async def move(self, who: Operator, id_: str, state: RecommendationState, why: str) -> Recommendation:
        recommendation = await self.find(id_)
        if state not in STEPS[recommendation.state] or state is RecommendationState.DRAFT:
            raise RefusedError("bad_step", "Из этого состояния рекомендации так не поступают.")
        if state is RecommendationState.APPROVED and recommendation.edition.by == who.login:
            raise RefusedError("own_recommendation", "Утверждает не тот, кто написал.")
        if state is RecommendationState.REJECTED and not why:
            raise RefusedError("no_reason", "Укажите причину.")
        after = replace(recommendation, moves=(*recommendation.moves, RecommendationStep(self._now(), who.login, state, why)))
        return await self._put(who, DEEDS[state], recommendation, after)

    async def checked(self, recommendation: Recommendation) -> tuple[list[str], bool]:
        """Cases that are gone since it was counted, and whether the rest differs."""
        kept, selection = recommendation.edition.evidence, recommendation.selection
        still = [case for case in await self._cases(selection) if case.erased is None]  # erased cases cannot be counted
        return differs(kept, self._count(still, selection, kept.at))

    async def effect(self, recommendation: Recommendation) -> MeasuredEffect | None:
        """Before the draft and since the implementation, over whole days; None before the end of the first day."""
        if recommendation.done is None:
            return None
        selection, today = recommendation.selection, self._now().astimezone(self._zone).date()
        first = recommendation.done.astimezone(self._zone).date() + DAY
        if first >= today:
            return None
        before = recommendation.edition.evidence
        after = await self.evidence(replace(selection, since=first, until=today - DAY))
        return MeasuredEffect(len(before.cases), (selection.until - selection.since).days + 1, len(after.cases), (today - first).days)

    async def _edition(self, who: Operator, selection: Selection, wording: Wording, reported: ReportedFigure | None) -> Revision:
        if wording.addressee not in self._authorities():
            raise RefusedError("no_such_authority", "Такого органа в базе знаний нет.")
        evidence = await self.evidence(selection)
        if not (evidence.cases or reported):
            raise RefusedError("nothing_selected", "Жалоб по этому отбору нет.")
        return Revision(self._now(), who.login, wording.title, wording.cause, wording.proposal, wording.addressee,
                        replace(evidence, reported=reported))

    async def _put(self, who: Operator, what: str, before: Recommendation, after: Recommendation) -> Recommendation:
        await self._store.exchange((after,), (), self._audit_entry(who, what, after), seen=(before,))
        self.on_change(after)
        return after

    def _audit_entry(self, who: Operator, what: str, recommendation: Recommendation) -> AuditEntry:
        return AuditEntry(self._now(), who.login, what, recommendation.id)


def sees(selection: Selection, lines: Sequence[str]) -> bool:
    """Whether the operator may see everything that was counted."""
    return set(selection.lines) <= set(lines)


