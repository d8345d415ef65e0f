"""Recognition with a real model: Whisper base, and a voice of RHVoice as a messenger sends it."""

import wave
from io import BytesIO
from pathlib import Path

import pytest

from bots.speech import LONGEST_S, RATE, decoded, recognise, transcribe
from hub.conversations.message import Attachment, Author, Message
from hub.telephony.recogniser_queue import RecogniserQueue
from hub.telephony.speech_to_text import SpeechToText
from hub.telephony.word_errors import word_errors
from okno.adapters.loader import speech
from okno.config import SpeechSettings
from okno.faults.config_error import ConfigError
from okno.stores import now
from storage.files import FileStore
from tests.whisper import SAID, VOICE, talk, whole_model

PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return whole_model(tmp_path_factory.mktemp("whisper"))


def silence(seconds: int) -> bytes:
    content = BytesIO()
    with wave.open(content, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(bytes(2 * RATE * seconds))
    return content.getvalue()


def test_a_voice_message_is_understood(model: str) -> None:
    # CH-07
    assert word_errors(SAID, recognise(model, "ru", 2, VOICE.read_bytes()))[0] == 0


def test_words_that_are_expected_are_understood_too(model: str) -> None:
    # CH-07
    prompt = "загранпаспорт, МФЦ, госпошлина, СНИЛС, " * 60
    assert word_errors(SAID, recognise(model, "ru", 2, VOICE.read_bytes(), prompt))[0] <= 1


@pytest.mark.parametrize("rest_s", [0, 1, 5])
def test_silence_after_the_words_adds_none(model: str, tmp_path: Path, rest_s: int) -> None:
    # CH-07: a window shorter than Whisper's makes it say the same again
    sound = talk(tmp_path, 5 + rest_s, [(0.2, 0, VOICE)]).read_bytes()
    assert recognise(model, "ru", 2, sound).casefold().count("паспорт") == 1


def test_where_nobody_speaks_nothing_is_made_up(model: str) -> None:
    # CH-07
    assert recognise(model, "ru", 2, silence(5)) == ""


@pytest.mark.parametrize("content", [b"", b"not a sound", PLAYLIST, VOICE.read_bytes()[:500]])
def test_what_is_no_sound_is_refused(model: str, content: bytes) -> None:
    # SE-02: a playlist would open files of this machine
    with pytest.raises(ValueError, match="no sound"):
        recognise(model, "ru", 2, content)


def test_what_is_too_long_is_heard_to_a_limit() -> None:
    # CH-06
    assert len(decoded(silence(LONGEST_S + 20))) <= (LONGEST_S + 1) * RATE


def test_each_voice_of_a_talk_is_written_down_by_itself(model: str, tmp_path: Path) -> None:
    # MC-05
    sound = talk(tmp_path, 14, [(0.5, 0, VOICE), (8.0, 1, VOICE)])
    lines = transcribe(model, "ru", 2, sound.read_bytes())
    assert [line.author for line in lines] == [Author.CITIZEN, Author.OPERATOR]
    assert all("паспорт" in line.text for line in lines)
    assert 0 <= lines[0].at_ms < 2500
    assert 7000 <= lines[1].at_ms < 10_000


@pytest.mark.parametrize("sound", [b"", b"no sound at all", b"fLaC" + bytes(100)])
def test_what_is_no_talk_says_so(model: str, sound: bytes) -> None:
    # CH-06
    with pytest.raises(ValueError, match="no sound"):
        transcribe(model, "ru", 2, sound)


async def test_it_listens_in_a_process_of_its_own(model: str, tmp_path: Path) -> None:
    # CH-07
    store = FileStore(tmp_path / "files")
    ears = SpeechToText(store, speech(SpeechSettings(model))[0], RecogniserQueue(1, 1))
    content = VOICE.read_bytes()
    message = Message(Author.CITIZEN, "", now(), attachments=(Attachment(await store.put(content), "voice.ogg", "audio/ogg", len(content)),))
    try:
        assert word_errors(SAID, await ears.words(message) or "")[0] == 0
    finally:
        await ears.close()


def test_a_missing_model_stops_the_start(tmp_path: Path) -> None:
    # AL-06
    with pytest.raises(ConfigError, match=r"speech.model: whisper: there is no model.bin"):
        speech(SpeechSettings(str(tmp_path)))
