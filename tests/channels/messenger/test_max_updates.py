"""Updates of MAX as they are read: the shapes of the double are those of maxapi, and nothing that may come breaks the reading (SE-02)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maxapi.methods.types.sended_message import SendedMessage
from maxapi.types.updates import UpdateUnionAdapter

from channels.messenger.max_updates import read
from channels.messenger.updates import ChatClosed, GroupChat, IncomingMessage, UnreadableError
from tests.channels.noise import FUZZ, JSON
from tests.peers.max import BOT, CHAT, MARIA, contact, created, edited, happened, message, pressed

FILE = {"payload": {"url": "https://files.test/1", "token": "t", "photo_id": 1}}
PARTS: list[dict[str, Any]] = [
    FILE | {"type": "image"}, FILE | {"type": "video", "urls": {"mp4_480": "https://files.test/v"}}, FILE | {"type": "audio", "transcription": "да"},
    FILE | {"type": "file", "filename": "a.pdf", "size": 5}, contact("+79000000000"), {"type": "location", "latitude": 1.5, "longitude": 2.5},
    {"type": "sticker", "payload": {"url": "https://files.test/s", "code": "1"}}, {"type": "share", "title": "t", "payload": {"url": "https://a.test"}},
]
LINK = {"type": "forward", "sender": MARIA, "chat_id": 1, "message": message("f", "текст", attachments=PARTS)["body"]}
UPDATES = [
    created("m", "текст", attachments=PARTS), created("m", None, link=LINK), created("m", "в группе", kind="chat"), edited("m", "текст"), pressed("c", "Да"),
    happened("bot_started", payload=None, user_locale="ru"), happened("bot_stopped"), happened("dialog_removed"),
    happened("bot_added", is_channel=False), happened("dialog_muted", muted_until=1),
]


@pytest.mark.parametrize("update", UPDATES, ids=lambda update: update["update_type"])
def test_the_double_speaks_as_maxapi_describes_it(update: dict[str, Any]) -> None:
    assert UpdateUnionAdapter.validate_python(update).update_type == update["update_type"]


def test_the_double_answers_as_maxapi_describes_it() -> None:
    assert SendedMessage(message=message("m", "текст", sender=BOT)).message.body.mid == "m"  # type: ignore[union-attr]


def test_what_is_read() -> None:
    kinds = [type(read(update)) for update in UPDATES]
    assert kinds == [IncomingMessage, IncomingMessage, type(None), IncomingMessage, IncomingMessage, IncomingMessage, ChatClosed, ChatClosed, GroupChat, type(None)]


def places(value: object, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where anything stands in a piece of JSON."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for key, each in inner for place in places(each, (*way, key)))]


@st.composite
def spoilt(draw: st.DrawFn) -> Any:
    """A good update in which something is of another kind, or is gone."""
    update = json.loads(json.dumps(draw(st.sampled_from(UPDATES))))
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from(places(update)))
        if not way:
            continue
        holder = update
        for key in way[:-1]:
            holder = holder[key]
        if draw(st.booleans()):
            holder[way[-1]] = draw(JSON)
        elif isinstance(holder, dict):
            del holder[way[-1]]
    return update


@FUZZ
@given(st.one_of(spoilt(), JSON))
def test_whatever_comes_is_read_or_refused_and_can_be_stored(update: Any) -> None:
    try:
        said = read(update)
    except UnreadableError:
        return
    if isinstance(said, IncomingMessage):
        assert said.text or said.files
        for text in (said.text, said.folded, said.name, said.key, said.language, *(each.name for each in said.files)):
            text.encode("utf8")


def test_a_dialogue_is_where_the_citizen_is_answered() -> None:
    said = read(created("m", "текст"))
    assert isinstance(said, IncomingMessage)
    assert (said.chat, said.key, said.name, said.language) == (CHAT, "m", "Иван Петров", "ru")
