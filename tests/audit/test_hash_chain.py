"""The chain of the audit: whatever is changed, dropped, inserted or exchanged is found, and named."""

from collections.abc import Callable, Iterable

from hypothesis import given
from hypothesis import strategies as st

from hub.audit.hash_chain import NAMED, START, ChainDefect, ChainReport, Row, link_hash, verify_chain

LENGTHS = st.integers(2, 12)


def chain(length: int) -> list[Row]:
    rows: list[Row] = []
    last = START
    for number in range(1, length + 1):
        doc = b'{"what":"open","about":"%d"}' % number
        last = link_hash(last, number, doc)
        rows.append((number, doc, last))
    return rows


def walked(rows: list[Row], marks: Iterable[int] = ()) -> ChainReport:
    return verify_chain(lambda first: (row for row in rows if row[0] >= first), marks=frozenset(marks))


def first_flaw(rows: list[Row]) -> tuple[ChainDefect, int, int]:
    found = walked(rows).findings[0]
    return found.flaw, found.number, found.upto


def renumbered(rows: list[Row]) -> list[Row]:
    return [(number, doc, hashed) for number, (_, doc, hashed) in enumerate(rows, 1)]


def test_what_nobody_touched_is_whole() -> None:
    # SE-01
    seen = walked(chain(30), marks=(7, 30))
    assert (seen.number, seen.count, seen.flaws, seen.findings) == (30, 30, 0, [])
    assert seen.marked == {7: chain(7)[-1][2], 30: seen.hash}
    assert walked([]).hash == START


@given(LENGTHS, st.data(), st.binary(max_size=40))
def test_an_altered_record_is_named(length: int, data: st.DataObject, doc: bytes) -> None:
    # SE-01
    rows, at = chain(length), data.draw(st.integers(0, length - 1))
    if doc != rows[at][1]:
        assert walked([*rows[:at], (at + 1, doc, rows[at][2]), *rows[at + 1:]]).flaws == 1
        assert first_flaw([*rows[:at], (at + 1, doc, rows[at][2]), *rows[at + 1:]]) == (ChainDefect.ALTERED, at + 1, at + 1)


@given(LENGTHS, st.data(), st.one_of(st.binary(max_size=40), st.text(), st.none()))
def test_an_altered_hash_is_named(length: int, data: st.DataObject, hashed: object) -> None:
    # SE-01
    rows, at = chain(length), data.draw(st.integers(0, length - 1))
    found = first_flaw([*rows[:at], (at + 1, rows[at][1], hashed), *rows[at + 1:]])
    assert found == (ChainDefect.HASH if at + 1 < length else ChainDefect.ALTERED, at + 1, at + 1)


@given(LENGTHS, st.data())
def test_a_record_rewritten_with_its_hash_shows_at_the_next(length: int, data: st.DataObject) -> None:
    # SE-01: of the last one only a seal tells
    rows, at = chain(length), data.draw(st.integers(0, length - 2))
    doc, before = b"{}", rows[at - 1][2] if at else START
    assert isinstance(before, bytes)
    seen = walked([*rows[:at], (at + 1, doc, link_hash(before, at + 1, doc)), *rows[at + 1:]])
    assert [(each.flaw, each.number, each.before) for each in seen.findings] == [(ChainDefect.ALTERED, at + 2, doc)]


@given(LENGTHS, st.data())
def test_dropped_records_are_named(length: int, data: st.DataObject) -> None:
    # SE-01
    first = data.draw(st.integers(0, length - 2))
    last = data.draw(st.integers(first, length - 2))
    rows = chain(length)
    assert first_flaw(rows[:first] + rows[last + 1:]) == (ChainDefect.DROPPED, first + 1, last + 1)


@given(st.integers(3, 12), st.data())
def test_one_dropped_and_the_others_renumbered(length: int, data: st.DataObject) -> None:
    # SE-01
    rows, at = chain(length), data.draw(st.integers(0, length - 3))
    assert first_flaw(renumbered(rows[:at] + rows[at + 1:])) == (ChainDefect.DROPPED, at + 1, at + 1)


@given(LENGTHS, st.data())
def test_an_inserted_record_is_named(length: int, data: st.DataObject) -> None:
    # SE-01
    rows, at = chain(length), data.draw(st.integers(0, length - 1))
    assert first_flaw(renumbered([*rows[:at], (0, b"{}", b"h"), *rows[at:]])) == (ChainDefect.INSERTED, at + 1, at + 1)
    number = data.draw(st.integers(-5, 0))
    assert first_flaw([(number, b"{}", b"h"), *rows]) == (ChainDefect.INSERTED, number, number)


@given(LENGTHS, st.data())
def test_exchanged_records_are_named(length: int, data: st.DataObject) -> None:
    # SE-01
    rows = chain(length)
    one = data.draw(st.integers(0, length - 2))
    other = data.draw(st.integers(one + 1, length - 1))
    moved = list(rows)
    moved[one], moved[other] = rows[other], rows[one]
    assert first_flaw(renumbered(moved)) == (ChainDefect.MOVED, one + 1, other + 1)
    documents = list(rows)
    documents[one], documents[other] = (one + 1, *rows[other][1:2], rows[one][2]), (other + 1, *rows[one][1:2], rows[other][2])
    assert first_flaw(documents) == (ChainDefect.MOVED, one + 1, other + 1)


@given(st.integers(3, 12), st.data())
def test_one_moved_behind_others_is_named(length: int, data: st.DataObject) -> None:
    # SE-01
    rows = chain(length)
    one = data.draw(st.integers(0, length - 2))
    other = data.draw(st.integers(one + 1, length - 1))
    assert first_flaw(renumbered([*rows[:one], *rows[one + 1:other + 1], rows[one], *rows[other + 1:]])) == (ChainDefect.MOVED, one + 1, other + 1)


def test_lines_of_a_file_in_another_order() -> None:
    # SE-01
    rows = chain(6)
    assert first_flaw([*rows[:2], rows[3], rows[2], *rows[4:]]) == (ChainDefect.MOVED, 3, 4)
    assert first_flaw([*rows[:3], rows[2], *rows[3:]]) == (ChainDefect.INSERTED, 3, 3)


def test_what_is_no_blob_fits_no_hash() -> None:
    # SE-01
    rows = chain(3)
    for doc in ('{"what":"open","about":"2"}', None, 5):
        assert first_flaw([rows[0], (2, doc, rows[1][2]), rows[2]]) == (ChainDefect.ALTERED, 2, 2)


def test_a_part_is_walked_along_from_where_it_begins() -> None:
    # SE-01
    rows = chain(9)
    before = rows[3][2]
    assert isinstance(before, bytes)
    of: Callable[[int], Iterable[Row]] = lambda first: [row for row in rows[4:] if row[0] >= first]  # noqa: E731 - one line tells it all
    assert verify_chain(of, number=4, before=before).flaws == 0
    assert [each.number for each in verify_chain(of, number=4, before=START).findings] == [5]


def test_of_very_many_flaws_the_first_are_kept_and_all_are_counted() -> None:
    # SE-01
    seen = walked([(number, b"?", hashed) for number, _, hashed in chain(100)])
    assert (seen.flaws, len(seen.findings), seen.findings[0].number) == (100, NAMED, 1)
