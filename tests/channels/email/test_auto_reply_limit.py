"""The budget of automatic letters to one mailbox."""

from datetime import UTC, datetime, timedelta

from channels.email.auto_reply_limit import AutoReplyLimit

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


class Clock:
    now = NOON


def test_no_loop_outlasts_the_day() -> None:
    # CH-03: RFC 3834 2
    clock = Clock()
    limit = AutoReplyLimit(3, 5, lambda: clock.now)
    sent = 0
    for record in range(24 * 60):
        clock.now = NOON + timedelta(minutes=record)
        sent += limit.release("robot@shop.example", record)
    assert sent == 5
    clock.now = NOON + timedelta(days=1, hours=1)
    assert limit.release("robot@shop.example", 10_000)


def test_the_same_mailbox_in_other_spellings_has_one_budget() -> None:
    limit = AutoReplyLimit(1, 1, lambda: NOON)
    assert limit.release("Robot@shop.example", 1)
    assert not limit.release("robot+2@shop.example", 2)
    assert limit.release("robot2@shop.example", 3)


def test_a_letter_that_is_tried_again_is_counted_once() -> None:
    limit = AutoReplyLimit(1, 1, lambda: NOON)
    assert [limit.release("a@b.ru", 7) for _ in range(9)] == [True] * 9
