"""When a caller begins and ends, frame by frame."""

import pytest

from channels.voice.media.turns import COMPLETE_S, FRAME_S, LONGEST_S, UNFINISHED_S, Turn, Turns

VOICE, SILENCE, NOISE = (0.9, -20.0), (0.01, -60.0), (0.6, -38.0)
PAUSE = round(UNFINISHED_S / FRAME_S) + 1


def heard(turns: Turns, *pieces: tuple[tuple[float, float], int]) -> list[tuple[int, Turn]]:
    """The turns, with the frames at which they were noticed."""
    frames = [kind for kind, count in pieces for _ in range(count)]
    return [(at, turn) for at, kind in enumerate(frames) if (turn := turns.take(*kind)) is not None]


def test_a_turn_begins_after_an_eighth_of_a_second_and_ends_after_a_pause() -> None:
    found = heard(Turns(), (SILENCE, 30), (VOICE, 20), (SILENCE, 40))
    assert [turn for _, turn in found] == [Turn.BEGAN, Turn.PAUSED, Turn.ENDED]
    assert (found[0][0] - 30) * FRAME_S <= 0.13
    assert (found[2][0] - 50) * FRAME_S == pytest.approx(UNFINISHED_S, abs=FRAME_S)


def test_a_whole_sentence_ends_sooner() -> None:
    turns = Turns()
    heard(turns, (SILENCE, 30), (VOICE, 20), (SILENCE, 9))
    turns.complete()
    found = heard(turns, (SILENCE, 30))
    assert [turn for _, turn in found] == [Turn.ENDED]
    assert (found[0][0] + 9) * FRAME_S == pytest.approx(COMPLETE_S, abs=FRAME_S)


def test_who_goes_on_has_not_finished() -> None:
    turns = Turns()
    heard(turns, (SILENCE, 30), (VOICE, 20), (SILENCE, 9))
    turns.complete()
    found = heard(turns, (VOICE, 10), (SILENCE, PAUSE - 3))
    assert [turn for _, turn in found] == [Turn.PAUSED]


def test_a_pause_between_words_ends_nothing() -> None:
    assert [turn for _, turn in heard(Turns(), (VOICE, 10), (SILENCE, PAUSE - 3), (VOICE, 10), (SILENCE, PAUSE - 3))] == [
        Turn.BEGAN, Turn.PAUSED, Turn.PAUSED]


def test_a_cough_is_no_turn() -> None:
    assert heard(Turns(), (SILENCE, 20), (VOICE, 2), (SILENCE, 20), (VOICE, 2), (SILENCE, 20)) == []


QUIET_VOICE, PLAYED_DB = (0.9, -48.0), -18.0


@pytest.mark.parametrize(("echo_db", "turns"), [(-60.0, [Turn.BEGAN]), (-44.0, [])])
def test_a_quiet_voice_interrupts_on_a_line_without_echo(echo_db: float, turns: list[Turn]) -> None:
    # CH-01
    line = Turns()
    found = [turn for kind in [(0.6, echo_db)] * 40 + [QUIET_VOICE] * 4 if (turn := line.take(*kind, PLAYED_DB))]
    assert found == turns


def test_a_noise_that_resembles_speech_is_below_the_floor_it_has_raised() -> None:
    hum = (0.2, -36.0)
    assert heard(Turns(), (hum, 200), (NOISE, 50)) == []
    assert [turn for _, turn in heard(Turns(), (hum, 200), (VOICE, 10))] == [Turn.BEGAN]


def test_a_turn_without_an_end_is_ended() -> None:
    found = heard(Turns(), (VOICE, round(LONGEST_S / FRAME_S) + 10))
    assert [turn for _, turn in found][:2] == [Turn.BEGAN, Turn.ENDED]
