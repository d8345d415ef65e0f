"""Surveys over the country: counts of finished surveys go to the centres that add up, without persons and texts (FD-08, SV-01).

Surveys that ended lately are sent after each start and once a day, and a receiver stores each once. A survey that fewer than `least`
have answered is not sent; a single centre's counts are not shown.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.federation.envelope import Envelope, may_tell_of
from hub.federation.ports import Link
from hub.federation.replication import Replication, accepted
from hub.kernel.document import Document
from hub.quality.surveys.figures import SurveySum, summed
from hub.quality.surveys.service import SurveyService
from hub.quality.surveys.survey import Bilingual, SurveyQuestion, Tally

KIND = "survey.counts"
TOLD_FOR = timedelta(days=90)
"""Surveys that ended earlier are not sent again."""
DAILY = timedelta(days=1)


class SurveyReport(Document, frozen=True, omit_defaults=True, tag="survey_report"):
    """The counts of one centre's survey. The key is centre/survey."""

    key: str
    centre: str
    questionnaire: str
    title: Bilingual
    questions: tuple[SurveyQuestion, ...]
    since: datetime
    until: datetime
    answered: int
    counts: tuple[tuple[int, ...], ...]
    least: int


class NationalSurvey(Struct, frozen=True):
    """The sum of all centres that have asked the same questions."""

    questionnaire: str
    title: Bilingual
    questions: tuple[SurveyQuestion, ...]
    centres: tuple[str, ...]
    since: datetime
    until: datetime
    least: int
    sum: SurveySum


class NationalSurveys:
    """Both ends: sending the counts of this hub's surveys, and adding up those of all."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, surveys: SurveyService, code: str, link: Link | None,
                 to: Sequence[str]) -> None:
        """`code` is the centre of this deployment, `to` are the centres that add up."""
        self._now, self._store, self._surveys, self._code = sequencer.now, store, surveys, code
        self._sender = Replication("counts of surveys", code, link, lambda _: to, sequencer.now, self._tell_all)
        self.start, self.tell, self.close = self._sender.start, self._sender.tell, self._sender.close

    async def _tell_all(self) -> datetime:
        """The counts of the surveys that ended lately; again tomorrow."""
        for each in await self._own(self._now() - TOLD_FOR):
            await self._sender.send(KIND, f"survey/{each.key}", each)
        return self._now() + DAILY

    async def hear(self, parcel: Envelope) -> None:
        """Store the counts of another centre. Raises StoreError."""
        apart = {self._code, *self._sender.linked}
        told = accepted(parcel, SurveyReport, lambda each: each.key.startswith(f"{each.centre}/")
                        and may_tell_of(parcel.source, each.centre, apart))
        if told is not None:
            await self._store.put(told)

    async def sums(self) -> list[NationalSurvey]:
        """One for each list of questions, the latest first."""
        alike: defaultdict[tuple[str, tuple[SurveyQuestion, ...]], list[SurveyReport]] = defaultdict(list)
        for each in (*await self._own(), *await self._store.all(SurveyReport)):
            alike[each.questionnaire, each.questions].append(each)
        return sorted(map(_sum, alike.values()), key=lambda each: each.until, reverse=True)

    async def _own(self, since: datetime | None = None) -> list[SurveyReport]:
        found: list[SurveyReport] = []
        for survey in self._surveys.ended(since):
            tally, asked = await self._surveys.counted(survey), self._surveys.questions_of(survey)
            if tally.answered >= survey.least:
                found.append(SurveyReport(f"{survey.centre}/{survey.key}", survey.centre, survey.questionnaire, asked.title,
                                          asked.questions, survey.since, survey.over, tally.answered, tally.counts, survey.least))
        return found


def _sum(reports: Sequence[SurveyReport]) -> NationalSurvey:
    first, least = reports[0], max(each.least for each in reports)
    counts = tuple(tuple(map(sum, zip(*rows, strict=True))) for rows in zip(*(each.counts for each in reports), strict=True))
    tally = Tally("", sum(each.answered for each in reports), counts=counts)
    return NationalSurvey(first.questionnaire, first.title, first.questions, tuple(sorted({each.centre for each in reports})),
                          min(each.since for each in reports), max(each.until for each in reports), least,
                          summed(tally, first.questions, [() for _ in first.questions], least))
