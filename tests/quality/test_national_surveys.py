"""Surveys over the country: sums of what the centres counted, without persons, texts or single centres (FD-08, SV-01)."""

from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from bots.russian import Russian
from hub.access.authorization import Authorization
from hub.federation.envelope import Envelope
from hub.federation.replication import VERSION
from hub.link.loopback import Loopback, LoopbackLink
from hub.organisation.queue import Lines
from hub.quality.surveys.national import KIND, NationalSurveys, SurveyReport
from hub.quality.surveys.sampling import SurveySampling
from hub.quality.surveys.service import SurveyService
from hub.quality.surveys.survey import (
    Bilingual,
    FreeText,
    InvitationState,
    Invited,
    Questionnaire,
    Survey,
    SurveyAnswer,
    SurveyKind,
    Tally,
    empty,
)
from storage.memory import MemoryStore
from tests.quality.test_survey import ALL, ONE
from tests.rig import Clock, Rig, authorization_of

AT = datetime(2026, 1, 1, tzinfo=UTC)
FEDERAL, REGION, CITY = "000", "001", "077"


class Centre:
    """One deployment with a survey that is over."""

    def __init__(self, code: str, link: LoopbackLink, russian: Russian, clock: Clock) -> None:
        self.code, self.link = code, link
        self.rig = Rig(MemoryStore(russian), clock)
        authorization: Authorization = authorization_of(self.rig.lines.values())
        drawing = SurveySampling(self.rig.sequencer, self.rig.store, self.rig.notification_sender, authorization, Lines(), timedelta())
        self.service = SurveyService(self.rig.sequencer, self.rig.store, self.rig.notification_sender, authorization, drawing, address="", stop="СТОП",
                                     shipped=())
        self.national = NationalSurveys(self.rig.sequencer, self.rig.store, self.service, code, link, () if code == FEDERAL else (FEDERAL,))

    async def asked(self, yes: int, no: int, *, people: bool = False) -> None:
        """So many have answered, of whom some are still linked to their answers."""
        store = self.rig.store
        kind = SurveyKind.PERSONAL if people else SurveyKind.ANONYMOUS
        await store.put(Questionnaire("q/1", "q", 1, Bilingual("Опрос"), Bilingual(""), ALL, "boss", AT))
        await store.put(Survey("s", kind, "q", 1, self.code, AT, AT + timedelta(days=1), "boss", AT, started=AT))
        counts = empty(ALL)
        await store.put(Tally("s", answered=yes + (0 if people else no), counts=((yes, 0 if people else no), *counts[1:])))
        for number in range(no if people else 0):
            await store.put(Invited(f"d{number}", "s", 1, "sms:+79160000001", AT, state=InvitationState.ANSWERED, answers=(
                SurveyAnswer(0, (1,)), SurveyAnswer(3, text="Живу на Заречной")), answered=AT))
        await store.put(FreeText("t", "s", 3, "Секретное слово"))
        await self.service.start()


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.now = AT + timedelta(days=2)
    return clock


async def test_the_country_is_the_sum_of_all_who_asked_the_same(russian: Russian, clock: Clock) -> None:
    # FD-08, SV-01, MU-05
    lines = Loopback((FEDERAL, REGION, CITY))
    federal, region, city = (Centre(code, lines.link(code), russian, clock) for code in (FEDERAL, REGION, CITY))
    await federal.asked(6, 0)
    await region.asked(7, 3, people=True)
    await city.asked(3, 1)  # fewer than k: it is not sent
    for each in (region, city):
        for _ in range(2):
            await each.national.tell()
    async with aclosing(federal.link.receive()) as parcels:
        parcel = await anext(parcels)
        assert parcel.kind == KIND
        assert not any(word in parcel.data.decode() for word in ("+7916", "Заречной", "Секретное", '"d0"'))
        await federal.national.hear(parcel)
    (total,) = await federal.national.sums()
    assert (total.centres, total.sum.answered, total.questions[0]) == ((FEDERAL, REGION), 16, ONE)
    assert total.sum.questions[0].counts == [None, None]  # 3 said no, and 13 would give them away
    assert [each.texts for each in total.sum.questions] == [[]] * 4
    for each in (federal, region, city):
        await each.national.close()
        await each.service.close()


async def test_nobody_reports_for_another_deployment(russian: Russian, clock: Clock) -> None:
    # FD-08
    lines = Loopback((FEDERAL, REGION, CITY))
    federal = Centre(FEDERAL, lines.link(FEDERAL), russian, clock)
    await federal.service.start()
    report = SurveyReport(f"{CITY}/s", CITY, "q", Bilingual("Опрос"), ALL, AT, AT, 100, empty(ALL), 5)
    link = lines.link(REGION)
    for wrong in (report, msgspec.structs.replace(report, key=f"{CITY}/x", centre=REGION)):
        await link.send(Envelope(wrong.key, KIND, REGION, FEDERAL, AT, VERSION, msgspec.json.encode(wrong)))
        async with aclosing(federal.link.receive()) as parcels:
            await federal.national.hear(await anext(parcels))
    assert await federal.national.sums() == []
    await federal.service.close()
