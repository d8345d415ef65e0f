"""Whoever guesses codes is slow at it, and shuts out nobody but himself: over all orders of asking that can be made up (ST-04)."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.cases.guess_limits import ALL_TRIES, FREE, LOCK, LONGEST, TRIES, GuessLimiter, pause
from hub.kernel.errors import RefusedError

AT = datetime(2026, 11, 26, tzinfo=UTC)
ASKERS, NUMBERS = st.sampled_from("abc"), st.sampled_from("123")
STEPS = st.lists(st.tuples(ASKERS, NUMBERS, st.integers(0, 90)), max_size=60)


def tried(guesses: GuessLimiter, asker: str, number: str, now: datetime, *, own: bool = False) -> str:
    """How a wrong code fares; "" where it was looked at."""
    try:
        guesses.admit(asker, number, now, own=own)
    except RefusedError as refused:
        return refused.code
    return ""


@given(STEPS)
def test_nobody_tries_more_than_three_codes_a_day_for_a_number(steps: list[tuple[str, str, int]]) -> None:
    guesses, now, looked = GuessLimiter(), AT, Counter[tuple[str, str]]()
    for asker, number, wait_s in steps:
        now += timedelta(seconds=wait_s)
        looked[asker, number] += not tried(guesses, asker, number, now)
    assert max(looked.values(), default=0) <= TRIES


@given(STEPS)
def test_strangers_delay_whoever_has_not_failed_by_a_minute_at_most_and_never_its_own(steps: list[tuple[str, str, int]]) -> None:
    guesses, now = GuessLimiter(), AT
    for asker, number, wait_s in steps:
        now += timedelta(seconds=wait_s)
        tried(guesses, asker, number, now)
        assert pause(guesses._of(("", number), now).number) <= LONGEST
    for number in "123":
        assert tried(guesses, f"own{number}", number, now, own=True) == ""
        assert tried(guesses, f"new{number}", number, now + LONGEST) == ""


@given(STEPS, st.permutations("123"))
def test_all_numbers_are_alike(steps: list[tuple[str, str, int]], others: list[str]) -> None:
    # Whether a number is a case's is not asked here at all: only how often it was.
    one, other, now, names = GuessLimiter(), GuessLimiter(), AT, dict(zip("123", others, strict=True))
    for asker, number, wait_s in steps:
        now += timedelta(seconds=wait_s)
        assert tried(one, asker, number, now) == tried(other, asker, names[number], now)


def test_one_code_for_all_numbers_needs_many_addresses() -> None:
    guesses = GuessLimiter()
    told = [tried(guesses, "a", f"n{each}", AT) for each in range(ALL_TRIES + 1)]
    assert told == [""] * ALL_TRIES + ["case_locked"]
    assert tried(guesses, "b", "n0", AT) == ""
    assert tried(guesses, "a", "n0", AT + LOCK) == ""


def test_a_right_code_is_no_wrong_one() -> None:
    guesses = GuessLimiter()
    for _ in range(10 * ALL_TRIES):
        guesses.admit("a", "1", AT, own=False)
        guesses.right("a", "1")
    assert tried(guesses, "a", "1", AT) == ""


def test_the_pause_grows_to_a_minute() -> None:
    assert [pause(n).total_seconds() for n in (0, FREE - 1, FREE, FREE + 1, FREE + 5, FREE + 6, FREE + 1000)] == [0, 0, 1, 2, 32, 60, 60]
