"""A number proposes a set of regions; the place of the service decides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okno.territory import numbering, subjects
from routing.numbering_plan import Kind, NumberingPlan, NumberingPlanError, read

SUBJECTS = subjects()
NUMBERS = numbering(SUBJECTS)
HEAD = "first,last,subjects\n"


@pytest.mark.parametrize(("number", "kind", "proposed"), [
    ("+79000000000", Kind.MOBILE, {"23"}), ("89000061999", Kind.MOBILE, {"23"}), ("8 (900) 006-20-00", Kind.MOBILE, {"61"}),
    ("9001400000", Kind.MOBILE, {"50", "77"}), ("+79490000000", Kind.MOBILE, {"93"}), ("+79400000000", Kind.MOBILE, set()),
    ("+74951234567", Kind.WIRED, {"50", "77"}), ("8 (496) 123-45-67", Kind.WIRED, {"50"}), ("+74991234567", Kind.WIRED, {"77"}),
    ("+78185312345", Kind.WIRED, {"29", "83"}), ("+73362251234", Kind.WIRED, set()),
    ("+77012345678", Kind.FOREIGN, set()), ("8 701 234 56 78", Kind.FOREIGN, set()), ("+76001234567", Kind.FOREIGN, set()), ("+380441234567", Kind.FOREIGN, set()),
    ("8-800-100-00-00", Kind.SERVICE, set()), ("+78091234567", Kind.SERVICE, set()),
    ("112", Kind.SHORT, set()), ("122", Kind.SHORT, set()), ("115", Kind.SHORT, set()),
    ("anonymous", Kind.UNKNOWN, set()), ("", Kind.UNKNOWN, set()), ("123-45-67", Kind.UNKNOWN, set()), ("+70001234567", Kind.UNKNOWN, set())])
def test_what_a_number_proposes(number: str, kind: Kind, proposed: set[str]) -> None:
    # RT-11
    assert read(number).kind is kind
    assert NUMBERS.propose(number) == proposed


def test_one_form_for_all_ways_of_writing() -> None:
    # RT-11
    ways = ["+7 900 123-45-67", "89001234567", "8 (900) 123 45 67", "9001234567", "tel:+7-900-123-45-67"]
    assert {read(each).number for each in ways} == {"+79001234567"}


@given(st.text(max_size=25))
def test_whatever_comes_is_understood_or_unknown(number: str) -> None:
    # RT-11
    assert NUMBERS.propose(number) <= SUBJECTS.codes


@given(st.lists(st.integers(1, 50), min_size=2, max_size=30, unique=True).map(sorted), st.data())
def test_ranges_hold_their_ends_and_nothing_between_them(bounds: list[int], data: st.DataObject) -> None:
    # RT-11
    base, codes = 9_000_000_000, sorted(SUBJECTS.codes)
    ranges = [(first, last, data.draw(st.sampled_from(codes))) for first, last in zip(bounds[::2], bounds[1::2], strict=False)]
    plan = NumberingPlan(SUBJECTS, HEAD + "".join(f"{base + first},{base + last},{code}\n" for first, last, code in ranges))
    for digit in range(52):
        expected = {code for first, last, code in ranges if first <= digit <= last}
        assert plan.propose(f"+7{base + digit}") == expected


@pytest.mark.parametrize(("rows", "named"), [
    ("9000000000,9000000009\n", "line 2"), ("x,9000000009,77\n", "line 2"), ("9000000009,9000000000,77\n", "line 2"),
    ("9000000000,9000000009,77\n9000000009,9000000019,50\n", "line 3"), ("9000000000,9000000009,00\n", "00")])
def test_what_is_wrong_with_a_plan_is_named(rows: str, named: str) -> None:
    # RT-11
    with pytest.raises(NumberingPlanError, match=named):
        NumberingPlan(SUBJECTS, HEAD + rows)
