"""Whatever an update looks like, it harms nobody: it is read or passed over, and the next one comes (SE-02, CH-06)."""

import copy
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.russian import Russian
from channels.messenger.telegram import Telegram
from channels.messenger.telegram_sender import choice_of
from channels.messenger.telegram_updates import GroupChat, UnreadableError, meaning, number_of, place
from hub.conversations.ports import Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from tests.channels.messenger.telegram_room import Line, connected, line
from tests.channels.noise import FUZZ, JSON, TEXTS
from tests.channels.room import ValvedSqlite, room_with
from tests.peers.telegram import BotApi

ME = {"id": 7, "is_bot": False, "first_name": "Иван", "last_name": "Петров", "language_code": "ru"}
CHAT = {"id": 7, "type": "private", "first_name": "Иван"}
BASE = {"message_id": 5, "from": ME, "chat": CHAT, "date": 1_790_000_000}
FILE = {"file_id": "f", "file_unique_id": "u", "file_size": 5}
KEYBOARD = {"inline_keyboard": [[{"text": "Да", "callback_data": "1:2:3"}]]}
MEMBER = {"user": ME | {"is_bot": True}}
KNOWN: list[dict[str, Any]] = [
    {"message": BASE | {"text": "/start x", "entities": [{"type": "bot_command", "offset": 0, "length": 6}]}},
    {"edited_message": BASE | {"text": "б", "edit_date": 1_790_000_001}},
    {"message": BASE | {"caption": "в", "photo": [FILE | {"width": 1, "height": 1}]}},
    {"message": BASE | {"document": FILE | {"file_name": "а.pdf"}, "reply_to_message": BASE | {"text": "г"}}},
    {"message": BASE | {"voice": FILE | {"duration": 1}}},
    {"message": BASE | {"contact": {"phone_number": "+79161234567", "first_name": "И", "user_id": 7}}},
    {"message": BASE | {"location": {"latitude": 55.7, "longitude": 37.6}, "forward_origin": {"type": "user", "date": 1, "sender_user": ME}}},
    {"message": BASE | {"poll": {"id": "1", "question": "?", "options": [{"text": "а", "voter_count": 0, "persistent_id": "1"}], "total_voter_count": 0,
                                 "is_closed": False, "is_anonymous": True, "type": "regular", "allows_multiple_answers": False, "allows_revoting": False}}},
    {"callback_query": {"id": "9", "from": ME, "chat_instance": "1", "data": "1:2:3", "message": BASE | {"text": "?", "reply_markup": KEYBOARD}}},
    {"my_chat_member": {"chat": CHAT, "from": ME, "date": 1, "old_chat_member": MEMBER | {"status": "member"},
                        "new_chat_member": MEMBER | {"status": "kicked", "until_date": 0}}},
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to everything inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(way for key, each in inner for way in places(each, (*path, key)))]


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A known update of which some parts are replaced by anything, or left out."""
    update = {"update_id": 1} | copy.deepcopy(draw(st.sampled_from(KNOWN)))
    for _ in range(draw(st.integers(0, 3))):
        *way, last = draw(st.sampled_from(places(update)[1:]))
        holder: Any = update
        for key in way:
            holder = holder[key]
        if draw(st.booleans()):
            holder[last] = draw(st.one_of(JSON, st.sampled_from([each for known in KNOWN for each in known.values()]).map(copy.deepcopy)))
        elif isinstance(holder, dict) and len(update) > 1:
            del holder[last]
        if not places(update)[1:]:
            break
    return update


@FUZZ
@given(raw=st.one_of(damaged(), JSON))
def test_any_json_is_read_or_passed_over(raw: Any) -> None:
    # SE-02
    number_of(raw)
    try:
        found = meaning(raw)
    except UnreadableError as error:
        assert len(str(error)) <= 300
        return
    msgspec.json.encode(found)  # it can be stored
    assert found is None or isinstance(found, GroupChat) or found.chat.lstrip("-").isdigit()


def test_what_is_logged_of_an_update_quotes_nobody() -> None:
    # SE-01
    with pytest.raises(UnreadableError) as raised:
        meaning({"update_id": 1, "message": BASE | {"text": ["мой паспорт 4509"], "contact": {"phone_number": 79161234567}}})
    assert "text" in str(raised.value)
    assert not {"4509", "79161234567", "Иван"} & set(str(raised.value).replace(",", " ").split())
    assert raised.value.__cause__ is None


@FUZZ
@given(text=TEXTS)
def test_any_text_in_the_place_of_our_own(text: str) -> None:
    # SE-02
    for read in (choice_of, place):
        read(text)


@pytest.fixture(params=[False, True], ids=["polling", "webhook"])
async def at_work(request: pytest.FixtureRequest, api: BotApi, tmp_path: Path, russian: Russian) -> AsyncIterator[Line]:
    def connect(intake: Intake, store: Store, files: Files) -> Telegram:
        return connected(tmp_path, api.base, intake, store, files, webhook=request.param)

    async with room_with(connect, ValvedSqlite, tmp_path, russian) as room, line(room, api) as far_end:
        yield far_end


@FUZZ
@given(updates=st.lists(damaged().filter(lambda update: "update_id" in update), min_size=1, max_size=4))
async def test_the_next_citizen_is_heard_whatever_came_before(at_work: Line, updates: list[Any]) -> None:
    # SE-02, CH-06
    for update in updates:
        if isinstance(update, dict) and _sendable(update):
            await at_work.api.push({key: value for key, value in update.items() if key != "update_id"})
    number = await at_work.phone.writes("как дела?")
    await at_work.api.until(lambda: number in at_work.api.confirmed)
    assert (await at_work.said())[-1] == "как дела?"


def _sendable(update: Any) -> bool:
    """JSON that a reader of JSON takes: Telegram's whole answer is one, so it never sends another."""
    try:
        json.loads(json.dumps(update))
    except (ValueError, RecursionError):
        return False
    return True
