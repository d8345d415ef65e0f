"""Coverage of the handbook is a figure with its gaps by territory, and the way of a report is measured (KB-08, KB-10)."""

from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from hub.knowledge.coverage import coverage
from hub.knowledge.edition import CardKind
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.knowledge.outdated_flag import OutdatedReport, times
from tests.knowledge.cards import CARDS, GIBDD, HUNTING, LAW, LICENCE

DAY = date(2026, 1, 1)
AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_shares_and_gaps_by_territory() -> None:
    # KB-08, AL-01: three bodies of the country and one of a subject; a subject without a card is a gap, too
    country, region, empty = coverage(KnowledgeSnapshot((*CARDS, HUNTING)), ("50", "77"), DAY)
    assert (country.subject, country.bodies, country.services) == ("", 3, 2)
    assert country.known == {"phones": 1, "address": 1, "hours": 1, "fee": 1, "term": 1, "documents": 1}
    assert [(each.sort, each.id, each.lacking) for each in country.gaps] == [
        (CardKind.AUTHORITY, "prosecutor", ("phones", "address", "hours")), (CardKind.AUTHORITY, "mvd", ("phones", "address", "hours")),
        (CardKind.SERVICE, "hunting", ("fee", "term", "documents"))]
    assert country.share == 6 / 15
    assert (region.subject, region.known["hours"], region.gaps, region.share) == ("50", 1, (), 0.5 if region.services else 1.0)
    assert (empty.subject, empty.bodies, empty.services, empty.share) == ("77", 0, 0, 0.0)


def test_only_verified_facts_count() -> None:
    # KB-08: neither an example that came along, nor what nobody has compared, nor what is due for review
    for origin in (replace(LAW, demonstration=True), replace(LAW, checked=None), replace(LAW, review=DAY - timedelta(days=1))):
        cards = (replace(GIBDD, origin=origin), replace(LICENCE, origin=origin))
        (country,) = coverage(KnowledgeSnapshot(cards), (), DAY)
        assert country.share == 0
        assert {each.id: each.lacking for each in country.gaps} == {"gibdd": ("phones", "address", "hours"), "licence": ("fee", "term", "documents")}


def flag(hours: float, notice: float | None, solved: float | None, authority: str = "gibdd") -> OutdatedReport:
    at = AT - timedelta(hours=hours)
    moment = [None if each is None else at + timedelta(hours=each) for each in (notice, solved)]
    return OutdatedReport("c", "service/licence", "Права", "fee", "2000", "anna", at, authority, sent=moment[0], solved=moment[1])


def test_the_way_of_a_report_is_measured_to_the_notice_and_to_the_correction() -> None:
    # KB-10
    found = times([flag(100, 1, 50), flag(90, 3, None), flag(70, None, None), flag(40, None, 5, "")], AT)
    assert (found.raised, found.noticed, found.corrected) == (4, 2, 2)
    assert (found.notice_median_h, found.notice_longest_h) == (2, 70)  # the longest still waits
    assert (found.correction_median_h, found.correction_longest_h) == (27.5, 90)
    nothing = times([], AT)
    assert (nothing.raised, nothing.notice_median_h, nothing.correction_longest_h) == (0, None, None)
