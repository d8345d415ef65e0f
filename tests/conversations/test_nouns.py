"""The nouns of the house: hand-overs, numbers, limits, permissions."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access.operator import Operator, Role
from hub.access.permissions import Permission, may
from hub.conversations.address import Address
from hub.conversations.callback_promise import promise
from hub.conversations.conversation import (
    Closed,
    Conversation,
    Holder,
    IllegalHandOverError,
    InQueue,
    Promised,
    WithBot,
    WithOperator,
    hand_over,
)
from hub.kernel.ids import HUB_BITS, SEQUENCE_BITS, RecordIds, TicketNumbers, check_digit
from hub.kernel.rate_limits import Bucket, Buckets, Rate
from tests.traits import TRAITS

NOW = datetime(2026, 1, 1, 3, tzinfo=UTC)
BOT, QUEUE, OPERATOR, CLOSED = WithBot(), InQueue("a", NOW), WithOperator("anna", NOW, "a", NOW), Closed(NOW, "passport", "anna")
PROMISED = Promised("a", NOW, "anna")
ALLOWED = {(BOT, BOT), (BOT, QUEUE), (BOT, CLOSED), (QUEUE, QUEUE), (QUEUE, OPERATOR), (QUEUE, CLOSED),
           (OPERATOR, QUEUE), (OPERATOR, OPERATOR), (OPERATOR, CLOSED), (CLOSED, BOT), (CLOSED, QUEUE), (CLOSED, OPERATOR)}
OWING = {(BOT, PROMISED), (QUEUE, PROMISED), (OPERATOR, PROMISED), (PROMISED, PROMISED), (PROMISED, QUEUE), (PROMISED, OPERATOR)}
MOMENTS = st.integers(-10_000, 10_000_000).map(lambda ms: NOW + timedelta(milliseconds=ms))


@pytest.mark.parametrize(("now", "then"), list(product((BOT, QUEUE, OPERATOR, CLOSED), repeat=2)))
def test_every_hand_over_is_allowed_or_refused(now: Holder, then: Holder) -> None:
    # CH-09
    head = Conversation(1, "077-260101-00001-0", Address("web.chat", "x"), NOW, now, topic="before")
    if (now, then) in ALLOWED:
        after = hand_over(head, then)
        assert after.holder == then
        assert after.topic == ("passport" if then is CLOSED else "before")
    else:
        with pytest.raises(IllegalHandOverError, match=type(then).__name__):
            hand_over(head, then)
    assert head.holder == now


@pytest.mark.parametrize(("now", "then"), list(product((BOT, QUEUE, OPERATOR, PROMISED, CLOSED), repeat=2)))
def test_nothing_closes_a_conversation_whose_answer_is_owed(now: Holder, then: Holder) -> None:
    # SL-05, GV-16
    address = Address("web.chat", "x")
    head = Conversation(1, "077-260101-00001-0", address, NOW, now, promise=promise(NOW, address, "test"))
    if (now, then) in {pair for pair in ALLOWED if pair[1] != CLOSED} | OWING:
        assert hand_over(head, then).promise == head.promise
    else:
        with pytest.raises(IllegalHandOverError):
            hand_over(head, then)


@pytest.mark.parametrize("now", [BOT, QUEUE, OPERATOR, CLOSED])
def test_nothing_lies_with_the_promises_that_is_not_promised(now: Holder) -> None:
    # SL-05
    with pytest.raises(IllegalHandOverError, match="Promised"):
        hand_over(Conversation(1, "077-260101-00001-0", Address("web.chat", "x"), NOW, now), PROMISED)


@given(moments=st.lists(MOMENTS, max_size=200), restart=st.integers(0, 200), hub=st.integers(0, 1023))
def test_ids_grow_whatever_the_clock_does_and_over_restarts(moments: list[datetime], restart: int, hub: int) -> None:
    # RQ-01, CH-12
    ids, given_ids = RecordIds(hub), [0]
    for number, moment in enumerate(moments):
        if number == restart:
            ids = RecordIds(hub, given_ids[-1])
        given_ids.append(ids.next(moment))
        assert given_ids[-1] >> SEQUENCE_BITS & (1 << HUB_BITS) - 1 == hub
    assert given_ids == sorted(set(given_ids))
    assert given_ids[-1] < 1 << 63


def test_more_ids_in_a_millisecond_than_it_holds() -> None:
    # RQ-01
    ids = RecordIds()
    given_ids = [ids.next(NOW) for _ in range(10_000)]
    assert given_ids == sorted(set(given_ids))
    assert ids.next(NOW + timedelta(seconds=1)) > given_ids[-1]


@given(st.lists(st.integers(-3, 5).map(lambda days: NOW + timedelta(days=days)), min_size=1, max_size=100), st.integers(0, 100))
def test_numbers_are_never_given_twice(days: list[datetime], restart: int) -> None:
    # RQ-01
    numbers, told = TicketNumbers("077"), [""]
    for place, day in enumerate(days):
        if place == restart:
            numbers = TicketNumbers("077", told[-1])
        told.append(numbers.next(day))
    assert len(set(told)) == len(told)
    assert told[1] == f"077-{days[0]:%y%m%d}-00001-{check_digit(told[1][:-2])}"


@given(st.text("0123456789", min_size=1, max_size=20), st.data())
def test_a_number_misheard_in_one_digit_is_nobodys(digits: str, data: st.DataObject) -> None:
    # RQ-01
    whole = digits + str(check_digit(digits))
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != whole[place]]))
    misheard = whole[:place] + other + whole[place + 1:]
    assert check_digit(misheard[:-1]) != int(misheard[-1])


def test_the_check_digit_is_that_of_the_standard() -> None:
    # RQ-01: the example of ISO/IEC 7812-1
    assert check_digit("7992739871") == 3
    assert check_digit("077-261124-00042") == check_digit("07726112400042")


@given(st.integers(1, 10), st.floats(1, 600), st.lists(st.floats(0, 30), max_size=100))
def test_a_bucket_grants_its_burst_and_its_rate_and_no_more(burst: int, per_minute: float, pauses: Sequence[float]) -> None:
    # SE-01
    bucket, now, granted = Bucket(Rate(burst, per_minute), 0), 0.0, 0
    for pause in pauses:
        now += pause
        wait = bucket.spend(now)
        granted += wait == 0
        if wait:
            assert wait <= 60 / per_minute + 1e-6
            now += wait + 1e-6
            assert bucket.spend(now) == 0
            granted += 1
        assert granted <= burst + now * per_minute / 60 + 1e-6


def test_sources_have_buckets_of_their_own_and_a_flood_fills_no_memory() -> None:
    # SE-01
    buckets = Buckets(Rate(1, 60), kept=3)
    assert buckets.spend("a", 0) == 0
    assert buckets.spend("a", 0) == pytest.approx(1)
    assert [buckets.spend(source, 0) for source in "bcd"] == [0, 0, 0]
    assert buckets.spend("a", 0) == 0  # forgotten, as the least recently seen
    assert buckets.spend("d", 0) > 0
    assert all(Buckets(None).spend("a", 0) == 0 for _ in range(1000))


ALL = {Permission.ACCOUNT, Permission.READ_KNOWLEDGE, Permission.LEARN}
WORK = ALL | {Permission.SERVE, Permission.HAND_OVER, Permission.PROMISE, Permission.OPEN_FILES, Permission.SEE_PERSON, Permission.JOIN_PERSON,
              Permission.READ_STATUS, Permission.BOOK, Permission.REGISTER_CASE, Permission.WORK_CASES, Permission.TAKE_COMPLAINT,
              Permission.TAKE_DEMAND, Permission.SEE_OWN_SCORES, Permission.OWN_SHIFTS, Permission.SEARCH}
SENIOR = WORK | {Permission.SEE_ALL, Permission.LISTEN, Permission.ANSWER_DEMAND, Permission.SHARE_REPLIES,
                 Permission.SCORE_TALKS, Permission.SEE_WALLBOARD, Permission.WATCH_SHIFTS}
# Least privilege; whoever changes the table changes these lines, too.
AGREED = {
    Role.OPERATOR: WORK, Role.SENIOR: SENIOR,
    Role.SUPERVISOR: SENIOR | {Permission.DESIGN_SCORECARDS, Permission.TEACH, Permission.PLAN_SHIFTS, Permission.STEER, Permission.APPROVE, Permission.SEE_FIGURES, Permission.NOTIFY, Permission.SIFT, Permission.ERASE, Permission.HAND_IN, Permission.ADVISE, Permission.EDIT_PROGRAMME,
                               Permission.ASK_ANONYMOUSLY, Permission.ASK_PERSONALLY},
    Role.DESIGNER: ALL | {Permission.EDIT_KNOWLEDGE, Permission.EDIT_DIALOGUES}, Role.ADMIN: set(Permission),
    Role.WALL: {Permission.ACCOUNT, Permission.SEE_WALLBOARD}}


def test_nobody_may_what_is_not_granted() -> None:
    # SE-01
    for active in (True, False):
        may_do = {(role, each) for role, each in product(Role, Permission) if may(Operator("someone", "Некто", role, active=active), each)}
        assert may_do == {(role, each) for role in Role for each in AGREED[role] if active}


@pytest.mark.parametrize(("channel", "value", "shown"), [
    ("fax.asterisk", "+74951234567", "+74951234567"), ("fax.asterisk", "fax:1795621305.1", ""), ("voice.asterisk", "1795621305.1", ""),
    ("email.mail", "ivan@mail.ru", "ivan@mail.ru"), ("web.chat", "b1946ac9", ""),
])
def test_only_what_says_something_to_people_is_shown(channel: str, value: str, shown: str) -> None:
    # CH-02
    assert TRAITS.readable(Address(channel, value)) == shown
