"""Pauses between attempts to bind at an SMSC."""

from channels.sms.smsc import ReconnectPauses


def test_an_outage_is_asked_less_and_less_often() -> None:
    pauses = ReconnectPauses(1)
    assert [pauses.after(None) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_short_session_after_an_outage_is_followed_by_a_short_pause() -> None:
    pauses = ReconnectPauses(1)
    for _ in range(8):
        pauses.after(None)
    assert [pauses.after(3) for _ in range(3)] == [1, 2, 4]
    assert pauses.after(None) == 8


def test_sessions_that_end_at_once_are_not_begun_every_second_and_not_only_once_a_minute() -> None:
    pauses = ReconnectPauses(1)
    assert [pauses.after(0.1) for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    assert pauses.after(3600) == 1
