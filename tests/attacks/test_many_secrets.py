"""Messages with many secrets in them: each is hidden, and none costs more for those before it (SE-02, ST-04)."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import aiohttp
import pytest

from bots.dialogue.events import SlotSet
from bots.dialogue.proofs import stored
from bots.project.project import read_project
from hub.conversations.message import Author, Message
from hub.conversations.redaction import HIDDEN, MOST, SecretRedactor
from tests.house import Citizen, house_in
from tests.robot.test_dialogue_turns import CENTRE

NOW = datetime(2026, 11, 29, tzinfo=UTC)
DOMAIN = read_project(CENTRE).domain
NAMED = "снилс 112-233-445 95 "
LIMIT_S = 0.05
ANSWERED_S = 5.0
"""Longer than a busy machine needs, and no time at all for what doubles with each number."""


def message(text: str) -> Message:
    return Message(Author.CITIZEN, text, NOW, key="1")


def different(count: int) -> list[str]:
    return [f"112-233-{number:03} {number % 100:02}" for number in range(count)]


@pytest.mark.parametrize("text", [NAMED * 10, NAMED * (100_000 // len(NAMED)), "\n".join(different(22)), "\n".join(different(900)),
                                  HIDDEN * 10_000, f"{HIDDEN} 112-233-445 95 " * 4_000], ids=lambda text: f"{text[:12]}-{len(text)}")
def test_a_text_of_secrets_is_hidden_and_recalled_at_once(text: str) -> None:
    # F1
    codes, begun = SecretRedactor(), process_time()
    hidden = codes.hide_snils(message(text))
    told = codes.told(hidden)
    events = list(stored([SlotSet("whatever", text[:text.rfind("112", 0, 1000)])], DOMAIN, told))
    assert process_time() - begun < LIMIT_S
    assert (told.words, told.stored) == (text, hidden.text)
    assert "112-233" not in hidden.text
    assert all("112-233" not in str(event) for event in events)


def test_what_is_hidden_is_what_was_cut_out() -> None:
    # F1: «••••••••» that a citizen writes himself is nothing hidden, and words between numbers may stand in the numbers, too
    codes = SecretRedactor()
    told = codes.told(codes.hide_snils(message(f"{HIDDEN} 112-233-445 95 112-233-446 96, 95 раз")))
    assert told.stored == f"{HIDDEN} {HIDDEN} {HIDDEN}, 95 раз"
    assert told.hidden == ("112-233-445 95", "112-233-446 96")
    slots = stored([SlotSet("a", "112-233-446 96"), SlotSet("b", ["112-233-445 95"]), SlotSet("c", "95 раз")], DOMAIN, told)
    assert [event.value for event in slots if isinstance(event, SlotSet)][::2] == [HIDDEN, "95 раз"]


def test_a_message_of_very_many_secrets_is_hidden_from_one_on() -> None:
    # F1
    codes, numbers = SecretRedactor(), different(MOST + 20)
    hidden = codes.hide_snils(message("Сотрудники: " + ", ".join(numbers)))
    assert hidden.text == "Сотрудники: " + ", ".join([HIDDEN] * (MOST + 1))
    for number in numbers:
        event, = stored([SlotSet("who", f"это {number}")], DOMAIN, codes.told(hidden))
        assert isinstance(event, SlotSet)
        assert event.value == f"это {HIDDEN}"


@pytest.mark.journeys
async def test_a_hub_answers_while_somebody_lists_numbers(tmp_path: Path) -> None:
    # F1: no account, the default configuration, one frame of 840 signs
    with house_in(tmp_path) as house:
        async with aiohttp.ClientSession() as http:
            citizen, other = [await Citizen(http, house.base).enter() for _ in range(2)]
            async with asyncio.timeout(ANSWERED_S):
                for text in (NAMED * 40, "\n".join(different(34)), NAMED * 380):
                    await citizen.tell(text)
                    await citizen.line.hear("message", author="bot")
                    async with http.get(house.base + "/healthz") as answer:
                        assert answer.status == 200
                await other.tell("Здравствуйте")
            assert "112-233" not in str(await citizen.transcript())
