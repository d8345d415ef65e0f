"""What is a turn of a caller, in sound: a real voice, noise, coughs, and the robot's own echo."""

import numpy as np
import pytest
from numpy.typing import NDArray

from channels.voice.media.audiosocket import FRAME_BYTES, RATE
from channels.voice.media.caller import Caller, Told
from channels.voice.media.messages import Began, Paused, Uttered
from tests.channels.voice.media.test_server import citizen

CHANCE = np.random.default_rng(23)


def at_db(sound: NDArray[np.float64], level_db: float) -> NDArray[np.float64]:
    """The same sound at a level, 0 dB is full scale."""
    return sound / np.sqrt(np.mean(sound**2)) * 10 ** (level_db / 20)


def pink(seconds: float, level_db: float) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(CHANCE.standard_normal(round(seconds * RATE)))
    return at_db(np.fft.irfft(spectrum / np.sqrt(np.arange(len(spectrum)) + 1.0)), level_db)


def coughs(count: int) -> NDArray[np.float64]:
    """Bursts of 0.15 s, as loud as a voice, one a second."""
    one = np.concatenate([pink(0.15, -18) * np.hanning(round(0.15 * RATE)), np.zeros(round(0.85 * RATE))])
    return np.tile(one, count)


def voice(level_db: float) -> NDArray[np.float64]:
    sound = np.frombuffer(citizen(), np.int16).astype(float)
    return at_db(sound, level_db)


def told(sound: NDArray[np.float64], played: bytes = b"") -> list[Told]:
    """What follows from this sound, a second of silence before it and two after it, while something is played."""
    caller = Caller("call")
    if played:
        caller.play(1, played)
    silence, found = np.zeros(RATE), list[Told]()
    content = (np.concatenate([silence, sound, silence, silence]).clip(-1, 1) * 32767).astype(np.int16).tobytes()
    for at in range(0, len(content), FRAME_BYTES):
        found += caller.speak()[1] + caller.hear(content[at:at + FRAME_BYTES])
    return found


def kinds(found: list[Told]) -> list[type]:
    """Without pauses: the model finds some in the voice."""
    return [type(each) for each in found if not isinstance(each, Paused)]


@pytest.mark.parametrize("level_db", [-18, -30])
def test_a_voice_is_a_turn(level_db: float) -> None:
    # CH-07
    assert kinds(told(voice(level_db))) == [Began, Uttered]


def test_what_was_said_until_the_last_pause_is_the_turn() -> None:
    # CH-07: so it is recognised before the turn ends
    found = told(voice(-18))
    (uttered,) = (each for each in found if isinstance(each, Uttered))
    assert [each for each in found if isinstance(each, Paused)][-1].sound == uttered.sound


def test_a_voice_in_noise_is_a_turn_that_ends() -> None:
    # as loud a noise as kept the old way listening until its limit of 15 s
    noise = pink(8, -38)
    speech = voice(-22)
    noise[2 * RATE:2 * RATE + len(speech)] += speech
    found = [each for each in told(noise) if isinstance(each, Uttered)]
    assert len(found) == 1
    assert len(found[0].sound) / 2 / RATE == pytest.approx(len(speech) / RATE, abs=1.5)


@pytest.mark.parametrize("sound", [pink(60, -38), coughs(30), coughs(30) + pink(30, -45)], ids=["noise", "coughs", "both"])
def test_noise_and_coughs_are_none(sound: NDArray[np.float64]) -> None:
    assert kinds(told(sound)) == []


def test_the_robots_own_echo_is_none_and_a_voice_over_it_is() -> None:
    prompt = voice(-20)
    played = (prompt.clip(-1, 1) * 32767).astype(np.int16).tobytes()
    early = bytes(2 * RATE) + played  # the echo below comes a second after the call's begin
    assert kinds([each for each in told(at_db(prompt, -45), early) if not hasattr(each, "part")]) == []
    assert Began in kinds(told(voice(-24), early))
