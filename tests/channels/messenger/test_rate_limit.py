"""No more than a messenger lets through, and nothing before the moment that it named."""

import pytest

from channels.messenger.rate_limit import RateLimiter, SendRate


def test_messages_to_one_chat_follow_each_other() -> None:
    # CH-05
    pace = RateLimiter(SendRate(1), SendRate(30, 30))
    assert [pace.wait_s("a", 100) for _ in range(3)] == [0, 1, 2]
    assert pace.wait_s("b", 100) == 0
    assert pace.wait_s("a", 110) == 0


def test_a_burst_goes_at_once_and_is_paid_back() -> None:
    # CH-05
    pace = RateLimiter(SendRate(1, 3), SendRate(30, 30))
    assert [pace.wait_s("a", 100) for _ in range(5)] == [0, 0, 0, 1, 2]
    assert pace.wait_s("a", 103) == 0


def test_all_chats_together_keep_the_overall_speed() -> None:
    # CH-05
    pace = RateLimiter(SendRate(1), SendRate(10, 2))
    waits = [pace.wait_s(str(chat), 100) for chat in range(12)]
    assert waits == pytest.approx([0, 0, *(n / 10 for n in range(1, 11))])


def test_retry_after_holds_its_chat_and_a_second_one_holds_all() -> None:
    # CH-05
    pace = RateLimiter(SendRate(1), SendRate(30, 30))
    pace.refused("a", 7, 100)
    assert (pace.held_s("a", 101), pace.wait_s("a", 101), pace.held_s("b", 101)) == (6, 6, 0)
    pace.refused("b", 3, 101)
    assert (pace.held_s("a", 101), pace.held_s("b", 101), pace.held_s("c", 101)) == (6, 3, 3)
    assert pace.held_s("c", 104) == 0


def test_a_crowd_of_chats_fills_no_memory() -> None:
    # CH-05
    pace = RateLimiter(SendRate(1), SendRate(1000, 1000), kept=3)
    for chat in range(100):
        pace.wait_s(str(chat), 100)
    assert len(pace._chats) == 3
