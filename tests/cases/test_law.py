"""Terms and rules of law against a table made by hand, with the transferred days off of 2025 to 2027."""

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.cases.case import CaseKind, Label, Subject
from hub.cases.law import Law, LawError, Rule, read_rules
from hub.organisation.legal_terms import LegalTerm, end_of_term
from hub.organisation.production_calendar import is_worked

MOSCOW = ZoneInfo("Europe/Moscow")
TABLE = (files("hub") / "data" / "law.toml").read_text(encoding="utf8")
LAW = Law(read_rules(TABLE), MOSCOW, is_worked)
SERVICE, NO_MATTER = Subject(service="passport"), Subject()


def of(kind: CaseKind, channel: str, day: date, matter: Subject = NO_MATTER, *, identified: bool = False, law: Law = LAW) -> Rule:
    return law.of(kind, channel, matter, datetime(day.year, day.month, day.day, 12, tzinfo=MOSCOW), identified=identified)


@pytest.mark.parametrize(("start", "working", "last"), [
    # 2025: 1 November is worked for 3 November; the New Year is off until 8 January
    ("2025-10-31", 1, "2025-11-01"), ("2025-10-31", 2, "2025-11-05"), ("2024-12-28", 1, "2025-01-09"), ("2025-04-30", 1, "2025-05-05"),
    ("2025-05-07", 1, "2025-05-12"), ("2025-06-11", 1, "2025-06-16"), ("2025-12-30", 1, "2026-01-12"),
    # 2026: 9 January is off for a Saturday of the holidays, 31 December for a Sunday of them
    ("2026-01-08", 5, "2026-01-16"), ("2026-02-20", 1, "2026-02-24"), ("2026-03-06", 1, "2026-03-10"), ("2026-04-30", 1, "2026-05-04"),
    ("2026-05-08", 1, "2026-05-12"), ("2026-06-11", 1, "2026-06-15"), ("2026-11-03", 1, "2026-11-05"), ("2026-11-26", 15, "2026-12-17"),
    # 2027: Saturday, 20 February, is worked for Friday, 5 November
    ("2027-02-19", 1, "2027-02-20"), ("2027-02-20", 1, "2027-02-24"), ("2027-03-05", 1, "2027-03-09"), ("2027-04-30", 1, "2027-05-04"),
    ("2027-11-03", 1, "2027-11-08"),
])
def test_working_days_by_the_production_calendar(start: str, working: int, last: str) -> None:
    # CM-02, D5
    assert end_of_term(date.fromisoformat(start), LegalTerm(working_days=working), is_worked) == date.fromisoformat(last)


@pytest.mark.parametrize(("start", "if_off", "last"), [
    ("2026-11-26", "stays", "2026-12-26"), ("2026-11-26", "before", "2026-12-25"), ("2026-11-26", "after", "2026-12-28"),
    ("2025-12-05", "before", "2025-12-30"), ("2025-12-05", "after", "2026-01-12"),
])
def test_calendar_days_that_end_on_a_day_off(start: str, if_off: str, last: str) -> None:
    term = LegalTerm(days=30, if_off=if_off)  # type: ignore[arg-type]
    assert end_of_term(date.fromisoformat(start), term, is_worked) == date.fromisoformat(last)


@given(st.dates(date(2025, 1, 1), date(2027, 11, 1)), st.integers(1, 40))
def test_so_many_working_days_lie_in_a_term(start: date, working: int) -> None:
    last = end_of_term(start, LegalTerm(working_days=working), is_worked)
    assert is_worked(last)
    assert sum(is_worked(start + timedelta(days=n)) for n in range(1, (last - start).days + 1)) == working
    assert end_of_term(start, LegalTerm(working_days=working + 1), is_worked) > last


@given(st.dates(date(2025, 1, 1), date(2027, 11, 1)), st.integers(1, 60))
def test_a_term_that_ends_before_is_never_late(start: date, days: int) -> None:
    last = end_of_term(start, LegalTerm(days=days, if_off="before"), is_worked)
    assert start <= last <= start + timedelta(days=days)


@pytest.mark.parametrize(("kind", "channel", "day", "matter", "identified", "label", "rule"), [
    (CaseKind.COMPLAINT, "voice", date(2026, 6, 1), SERVICE, True, Label.OUTSIDE, "telephone"),
    (CaseKind.REQUEST, "email", date(2025, 3, 29), Subject(), False, Label.FZ59, "appeal"),
    (CaseKind.REQUEST, "email", date(2025, 3, 30), Subject(), False, Label.OUTSIDE, "mail"),
    (CaseKind.REQUEST, "web", date(2026, 6, 1), Subject(), False, Label.OUTSIDE, "unidentified"),
    (CaseKind.REQUEST, "web", date(2026, 6, 1), Subject(), True, Label.FZ59, "appeal"),
    (CaseKind.COMPLAINT, "web", date(2026, 6, 1), SERVICE, True, Label.FZ210, "service"),
    (CaseKind.COMPLAINT, "web", date(2026, 6, 1), Subject("passport", refusal=True), True, Label.FZ210, "service-refusal"),
    (CaseKind.COMPLAINT, "fax", date(2026, 6, 1), Subject(), False, Label.FZ59, "appeal"),
    (CaseKind.INQUIRY, "fax", date(2026, 6, 1), Subject(), False, Label.OUTSIDE, "inquiry"),
    (CaseKind.OUTDATED, "web", date(2026, 6, 1), Subject(), True, Label.OUTSIDE, "inquiry"),
])
def test_what_the_law_makes_of_it(kind: CaseKind, channel: str, day: date, matter: Subject, identified: bool, label: Label, rule: str) -> None:
    # CM-02, D12
    found = of(kind, channel, day, matter, identified=identified)
    assert (found.label, found.id) == (label, rule)


def test_a_law_is_switched_on_by_a_row_with_a_date() -> None:
    # CM-08: no code is changed
    row = """
[[rule]]
id = "telephone-appeal"
label = "59-fz"
source = "a law of the future"
valid_from = 2027-01-01
kinds = ["complaint"]
channels = ["voice"]
register = { days = 3 }
answer = { days = 30 }
"""
    law = Law(read_rules(row + TABLE), MOSCOW, is_worked)
    assert of(CaseKind.COMPLAINT, "voice", date(2026, 12, 31), law=law).label is Label.OUTSIDE
    assert of(CaseKind.COMPLAINT, "voice", date(2027, 1, 1), law=law).label is Label.FZ59
    assert of(CaseKind.INQUIRY, "voice", date(2027, 1, 1), law=law).label is Label.OUTSIDE


def test_terms_are_ends_of_days_in_the_centre() -> None:
    # CM-02: three days to register, thirty to answer, seven to forward (59-ФЗ ст. 8, 12)
    received = datetime(2026, 11, 26, 21, 30, tzinfo=UTC)  # 27 November in Moscow
    ruling, due = LAW.ruling(of(CaseKind.REQUEST, "fax", date(2026, 11, 26)), received, received)
    assert (ruling.register_by, ruling.forward_by) == (datetime(2026, 12, 1, tzinfo=MOSCOW), datetime(2026, 12, 5, tzinfo=MOSCOW))
    assert due == datetime(2026, 12, 26, tzinfo=MOSCOW)  # the 27th is a Sunday: the answer is given on Friday, the 25th
    assert LAW.extended(30, due) == datetime(2027, 1, 25, tzinfo=MOSCOW)
    assert LAW.until(LegalTerm(hours=24), received) == received + timedelta(days=1)


@pytest.mark.parametrize(("wrong", "why"), [
    ("", "rule"), ("[[rule]]\nid = 'a'", "label"), (TABLE + "\nfoo = 1", "foo"), (TABLE.replace("{ days = 30,", "{ days = 30, hours = 1,"), "either days"),
    (TABLE.replace('"mail"', '"telephone"'), "taken twice"), (TABLE.replace("extend_days = 30", "extend_days = 400"), "extend_days"),
    (TABLE.partition('[[rule]]\nid = "inquiry"')[0], "must fit everything"),
    (TABLE.replace("valid_from = 2025-03-30", "valid_from = 2025-03-30\nvalid_until = 2025-01-01"), "before valid_from"),
    ("not toml", "law"),
])
def test_a_table_that_cannot_be_used_says_why(wrong: str, why: str) -> None:
    with pytest.raises(LawError, match=why):
        read_rules(wrong)
