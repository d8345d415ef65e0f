"""Events of VK as they are read: the shapes of the double are those of vkbottle, and nothing that may come breaks the reading (SE-02)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vkbottle_types.events import GroupTypes

from channels.messenger.updates import ChatClosed, IncomingMessage, ReadUpTo, TypingNow, UnreadableError
from channels.messenger.vk_updates import event as read_event
from channels.messenger.vk_updates import message as read_message
from channels.messenger.vk_updates import read, told
from tests.channels.messenger.test_max_updates import places
from tests.channels.noise import FUZZ, JSON
from tests.peers.vk import GROUP, IVAN, MARIA, edited, event, message, new

SIZES = [{"type": "s", "url": "https://files.test/s", "width": 10, "height": 10}]
DOC = {"id": 1, "owner_id": 2, "title": "Справка.pdf", "size": 10, "ext": "pdf", "date": 1, "type": 1, "url": "https://files.test/d"}
VOICE = {"id": 1, "owner_id": 2, "duration": 3, "link_ogg": "https://files.test/v", "link_mp3": "x", "waveform": [1], "transcript": "да"}
PARTS: list[dict[str, Any]] = [
    {"type": "photo", "photo": {"id": 1, "owner_id": 2, "album_id": 3, "date": 1, "has_tags": False, "sizes": SIZES}}, {"type": "doc", "doc": DOC},
    {"type": "audio_message", "audio_message": VOICE}, {"type": "link", "link": {"url": "https://a.test", "title": "t"}},
]
INNER = {"from_id": MARIA, "text": "текст", "date": 1, "conversation_message_id": 1, "attachments": PARTS,
         "fwd_messages": [{"from_id": 1, "text": "a", "date": 1, "conversation_message_id": 2}]}
EVENTS = [
    new(1, "текст", attachments=PARTS), new(2, "", fwd_messages=[INNER], reply_message=INNER), new(3, "Да", payload='{"choice": "Да, хочу"}'),
    new(4, "", geo={"type": "point", "coordinates": {"latitude": 1.5, "longitude": 2.5}}), edited(1, "текст", 5),
    event("message_deny", {"user_id": IVAN}), event("message_typing_state", {"state": "typing", "from_id": IVAN, "to_id": -GROUP}),
    event("message_read", {"from_id": IVAN, "peer_id": IVAN, "read_message_id": 5, "conversation_message_id": 6}),
]
TYPES = {
    "message_new": GroupTypes.MessageNew, "message_edit": GroupTypes.MessageEdit, "message_deny": GroupTypes.MessageDeny,
    "message_typing_state": GroupTypes.MessageTypingState, "message_read": GroupTypes.MessageRead,
}


@pytest.mark.parametrize("happened", EVENTS, ids=lambda happened: happened["type"])
def test_the_double_speaks_as_vkbottle_describes_it(happened: dict[str, Any]) -> None:
    known = TYPES[happened["type"]](**json.loads(json.dumps(happened)))
    assert known.group_id == GROUP


def test_what_is_read() -> None:
    kinds = [type(read(read_event(happened))) for happened in EVENTS]
    assert kinds == [IncomingMessage, IncomingMessage, IncomingMessage, IncomingMessage, IncomingMessage, ChatClosed, TypingNow, ReadUpTo]


@st.composite
def spoilt(draw: st.DrawFn) -> Any:
    """A good event in which something is of another kind, or is gone."""
    happened = json.loads(json.dumps(draw(st.sampled_from(EVENTS))))
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from(places(happened)))
        if not way:
            continue
        holder = happened
        for key in way[:-1]:
            holder = holder[key]
        if draw(st.booleans()):
            holder[way[-1]] = draw(JSON)
        elif isinstance(holder, dict):
            del holder[way[-1]]
    return happened


def storable(said: object) -> None:
    if isinstance(said, IncomingMessage):
        assert said.text or said.files
        for text in (said.text, said.folded, said.key, said.language, *(each.name for each in said.files)):
            text.encode("utf8")


@FUZZ
@given(st.one_of(spoilt(), JSON))
def test_whatever_comes_is_read_or_refused_and_can_be_stored(happened: Any) -> None:
    try:
        storable(read(read_event(happened)))
    except UnreadableError:
        return


@FUZZ
@given(st.one_of(spoilt().map(lambda happened: happened.get("object")), JSON))
def test_whatever_a_history_holds_is_read_or_refused(raw: Any) -> None:
    try:
        storable(told(read_message(raw.get("message", raw) if isinstance(raw, dict) else raw)))
    except UnreadableError:
        return


def test_the_choice_behind_a_button_is_what_was_said() -> None:
    said = read(read_event(EVENTS[2]))
    assert isinstance(said, IncomingMessage)
    assert (said.chat, said.key, said.text) == (IVAN, "3", "Да, хочу")


def test_the_dialogue_of_another_bot_is_none_of_ours() -> None:
    assert told(read_message(message(1, "a", sender=-5, peer=IVAN))) is None
