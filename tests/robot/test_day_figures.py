"""What the robot's dialogue came to on a day, and what of it was doubted, read out of a store."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bots.project.phrase_collector import PhraseCollector
from bots.russian import Russian
from hub.conversations.conversation import Closed
from hub.conversations.journal import HandedOver, Thought
from hub.conversations.ports import Store
from hub.conversations.turn_result import TurnResult
from hub.organisation.queue import Lines, Queue
from hub.reporting.days import Days
from hub.robot.day_figures import RobotDays
from hub.robot.dialogue_history import ARTICLE, QUIET, UNTOLD
from hub.robot.figures import IntentSums, RobotSums, by_intent, containment, misunderstood, turns_each, whole
from hub.robot.phrase import Doubt
from storage.memory import MemoryStore
from storage.sqlite import SqliteStore
from tests.past import MOSCOW, Past, at

TODAY = date(2026, 11, 24)
YESTERDAY = TODAY - timedelta(days=1)
ALMOST = QUIET.total_seconds() - 60


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, russian: Russian) -> AsyncIterator[Store]:
    store: Store = MemoryStore(russian) if request.param == "memory" else SqliteStore(tmp_path / "okno.db", russian)
    yield store
    await store.close()


@pytest.fixture
def past(store: Store) -> Past:
    return Past(store, at(TODAY, 9))


@pytest.fixture
def days(past: Past, russian: Russian) -> RobotDays:
    days = Days(past.store, Lines([Queue("general", "Общая")]), "001", MOSCOW, lambda: past.now)
    return RobotDays(past.store, days, PhraseCollector(russian).said)


async def left(past: Past, name: str) -> None:
    await past.step(name, HandedOver(past.now, Closed(past.now, "", ""), "left"))


async def sums(days: RobotDays, day: date = TODAY, version: str = "") -> RobotSums:
    return whole((await days.day(day)).sums, version)


async def test_what_ends_without_a_person_is_contained(past: Past, days: RobotDays) -> None:
    # MC-02
    await past.tells("ушла", "где мфц", "ask_mfc")
    await left(past, "ушла")
    await past.tells("молчит", "где мфц", "ask_mfc")
    assert await sums(days) == RobotSums(talks=2, contained=1, answered=1, going=1, turns=2)
    past.forward(ALMOST)
    assert (await sums(days)).going == 1
    past.forward(61)
    found = await sums(days)
    assert found == RobotSums(talks=2, contained=2, answered=2, turns=2)
    assert (containment(found), misunderstood(found), turns_each(found)) == (1, 0, 1)


@pytest.mark.parametrize(("why", "counted"), [(why, why) for why in (
    "asked", "not_understood", "dialogue", "callback", "emergency", "language", "files", "letter", "robot_failed")]
                         + [("transferred", "other")])
async def test_whoever_gets_a_person_is_counted_with_why(past: Past, days: RobotDays, why: str, counted: str) -> None:
    # MC-02, OC-05
    await past.tells("пётр", "эх")
    await past.tells("пётр", "где мфц", "ask_mfc")
    await past.tells("пётр", "эх")
    await past.handed_over("пётр", why)
    past.forward(5)
    await past.answered("пётр")
    await past.closed("пётр")
    found = await sums(days)
    assert found == RobotSums(talks=1, handed_over=1, turns=3, missed=2, **{counted: 1})
    assert (containment(found), misunderstood(found), turns_each(found)) == (0, pytest.approx(2 / 3), 3)
    assert by_intent([(await days.day(TODAY)).sums]) == [("ask_mfc", IntentSums(1, 1))]


@pytest.mark.parametrize(("results", "counted"), [
    ([TurnResult.ANSWERED, TurnResult.HELPED, TurnResult.TALKED], "confirmed"), ([TurnResult.ANSWERED], "answered"),
    ([TurnResult.TALKED], "answered"), ([TurnResult.ANSWERED, TurnResult.HELPED, TurnResult.ANSWERED], "answered"),
    ([TurnResult.ANSWERED, TurnResult.UNHELPED, TurnResult.TALKED], "left"), ([TurnResult.ASKS], "left"),
    ([TurnResult.UNHELPED, TurnResult.ANSWERED], "answered")])
async def test_talks_that_end_by_silence_are_counted_by_what_came_of_them(past: Past, days: RobotDays, results: list[TurnResult],
                                                                          counted: str) -> None:
    # MC-02
    for result in results:
        await past.tells("анна", "слова", "ask_mfc", result=result)
    await past.tells("борис", "эх")
    past.forward(ALMOST + 61)
    assert await sums(days) == RobotSums(talks=2, contained=2, turns=len(results) + 1, missed=1) + RobotSums(left=1) + RobotSums(**{counted: 1})


async def test_intents_before_which_most_get_a_person_come_first(past: Past, days: RobotDays) -> None:
    for name in ("а", "б", "в"):
        await past.tells(name, "где мфц", "ask_mfc")
    for name, intent in (("г", "complain"), ("д", "complain"), ("е", "nlu_fallback"), ("ж", "")):
        await past.tells(name, "слова", intent, version="v2")
        await past.handed_over(name, "asked")
    day = (await days.day(TODAY)).sums
    assert by_intent([day, day]) == [
        ("complain", IntentSums(4, 4)), (ARTICLE, IntentSums(2, 2)), ("", IntentSums(0, 2)), ("ask_mfc", IntentSums(6, 0))]
    assert by_intent([day], "v1") == [("ask_mfc", IntentSums(3, 0))]
    assert {version: each.talks for version, each in day.versions.items()} == {"v1": 3, "v2": 4}
    assert whole(day, "v2") == RobotSums(talks=4, handed_over=4, asked=4, turns=4, missed=1)
    assert whole(day, "v3") == RobotSums()


async def test_what_a_rasa_server_has_understood_it_does_not_tell(past: Past, days: RobotDays) -> None:
    said = '[{"event": "bot", "text": "Привет"}]'
    await past.step("пётр", Thought(past.now, 1, "rasa", "", 1.0, said))
    await past.handed_over("пётр", "dialogue")
    day = await days.day(TODAY)
    assert by_intent([day.sums], "rasa") == [(UNTOLD, IntentSums(1, 1))]
    assert day.doubted == ()


async def test_who_asks_for_a_person_first_has_had_no_talk(past: Past, days: RobotDays) -> None:
    # OC-05
    await past.handed_over("сразу", "asked")
    await past.tells("помолчав", "где мфц", "ask_mfc")
    past.forward(ALMOST + 61)
    await past.handed_over("помолчав", "asked")
    assert await sums(days) == RobotSums(talks=1, contained=1, answered=1, turns=1, at_once=2)


async def test_after_an_hour_or_anew_it_is_another_talk(past: Past, days: RobotDays) -> None:
    await past.tells("пётр", "раз", "ask_mfc")
    past.forward(ALMOST)
    await past.tells("пётр", "два", "ask_mfc")
    assert (await sums(days)).talks == 1
    past.forward(ALMOST + 61)
    await past.tells("пётр", "три", "ask_mfc")
    assert (await sums(days)).talks == 2
    await past.tells("пётр", "четыре", "ask_mfc", first=True)
    assert await sums(days) == RobotSums(talks=3, contained=2, answered=2, going=1, turns=4)


async def test_a_talk_over_midnight_is_counted_where_it_began(past: Past, days: RobotDays) -> None:
    # CH-13
    past.now = at(TODAY, 0) - timedelta(minutes=10)
    await past.tells("пётр", "где мфц", "ask_mfc")
    past.forward(ALMOST)
    assert (await sums(days, YESTERDAY)).going == 1
    await past.tells("пётр", "эх")
    await past.handed_over("пётр", "asked")
    await past.tells("анна", "где мфц", "ask_mfc")
    whole_talk = RobotSums(talks=1, handed_over=1, asked=1, turns=2, missed=1)
    assert await sums(days, YESTERDAY) == whole_talk
    assert (await sums(days)).talks == 1
    past.forward(3 * 3600)
    assert (await sums(days, YESTERDAY), (await sums(days)).contained) == (whole_talk, 1)


async def test_a_day_read_in_pieces_is_the_day_read_at_once(past: Past, days: RobotDays, russian: Russian) -> None:
    # CH-13
    for hour in range(12):
        for name in ("пётр", "анна"):
            await past.tells(name, f"эх {hour}")
            if hour % 3 == 2:
                await past.handed_over(name, "not_understood")
            await days.day(TODAY)
            past.forward(900 if hour % 2 else 2400)
    anew = RobotDays(past.store, days.days, PhraseCollector(russian).said)
    assert await anew.day(TODAY) == await days.day(TODAY)
    past.now = at(TODAY, 40)
    over = await days.day(TODAY)
    assert over == await RobotDays(past.store, days.days, PhraseCollector(russian).said).day(TODAY)
    assert over is await days.day(TODAY)
    assert whole(over.sums).going == 0


async def test_what_was_doubted(past: Past, days: RobotDays) -> None:
    await past.tells("пётр", "ох уж этот паспорт", confidence=0.7, likely=("ask_passport", "complain"))
    await past.tells("пётр", "Тверь", "inform", 0.3, fills=True)
    await past.tells("пётр", "паспорт бы", "ask_passport", 0.4, likely=("complain",))
    await past.tells("пётр", "/ask_mfc", "ask_mfc", 0.2)
    await past.tells("пётр", "где мфц", "ask_mfc")
    await past.handed_over("пётр", "asked")
    await past.tells("анна", "что нового", "ask_mfc")
    await past.handed_over("анна", "dialogue")
    found = (await days.day(TODAY)).doubted
    assert [(one.why, one.said.text) for one in found] == [
        (Doubt.MISSED, "ох уж этот паспорт"), (Doubt.DOUBTFUL, "паспорт бы"), (Doubt.ASKED, "где мфц")]
    assert [guess.intent for guess in found[0].said.guesses] == ["ask_passport", "complain"]


async def test_a_thought_without_words_is_nothing_to_learn_from(past: Past, days: RobotDays) -> None:
    await past.step("пётр", Thought(past.now, 1, "v1", "", 0.2))
    assert (await days.day(TODAY)).doubted == ()
    assert (await sums(days)).talks == 1
