"""`okno voice check` compares what it said through Asterisk with what was understood (CH-07)."""

from pathlib import Path

import pytest

from channels.voice.checkup import understood
from channels.voice.loopback_call import TEXT
from hub.monitoring.channel_check import CheckResult


@pytest.mark.parametrize(("words", "state"), [
    (TEXT, CheckResult.GOOD), ("проверка связи 1, 2, 3", CheckResult.GOOD), ("Продолжение следует...", CheckResult.BAD), ("", CheckResult.BAD)])
def test_the_words_are_compared(tmp_path: Path, words: str, state: CheckResult) -> None:
    path = tmp_path / "heard.wav"
    path.write_bytes(b"RIFF")
    (finding,) = understood(lambda sound: words if sound == b"RIFF" else "", path)
    assert (finding.state, f"«{words}»" in finding.words) == (state, True)


def test_a_recogniser_that_fails_is_named(tmp_path: Path) -> None:
    (finding,) = understood(len, tmp_path / "nothing.wav")  # type: ignore[arg-type]  # it is not asked
    assert finding.state is CheckResult.BAD
