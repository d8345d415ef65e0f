"""How full the trunks were is counted from the calls of the journal (SL-07)."""

from datetime import UTC, datetime, timedelta

import pytest

from bots.russian import Russian
from hub.conversations.address import Address
from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.journal import CallStage, StoredEvent, Telephoned
from hub.conversations.ports import Commit
from hub.kernel.ids import RecordIds
from okno.serving.traffic import busiest, measured, sentence
from storage.memory import MemoryStore

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def call(name: str, began: datetime, minutes: float) -> list[Telephoned]:
    return [Telephoned(began, name, CallStage.BEGAN, "88001002030"), Telephoned(began + timedelta(minutes=minutes), name, CallStage.ENDED, cause=16)]


def test_a_call_counts_in_each_hour_for_as_long_as_it_lasts() -> None:
    # SL-07
    entries = [*call("a", NOON - timedelta(minutes=10), 40), *call("b", NOON, 30), Telephoned(NOON, "c", CallStage.BEGAN, "8800")]
    assert busiest(entries) == (NOON, pytest.approx(1.0))
    assert busiest([]) is None


@pytest.mark.parametrize(("load", "lines", "told"), [
    (1.0, 2, "! trunks: busiest hour of the last 7 days 2026-11-25 12:00 UTC, 1.00 erlang on 2 lines: 20.000 % of calls find a busy signal; 5 lines are needed"),
    (1.0, 6, "✓ trunks: busiest hour of the last 7 days 2026-11-25 12:00 UTC, 1.00 erlang on 6 lines: 0.051 % of calls find a busy signal"),
])
def test_it_is_told_in_words(load: float, lines: int, told: str) -> None:
    # SL-07: a(=1)²/2! ÷ (1 + 1 + 1/2) = 0.2
    assert sentence(NOON, load, lines) == told


async def test_the_week_is_read_out_of_the_journal() -> None:
    # SL-07
    store, ids = MemoryStore(Russian()), RecordIds()
    for day in (9, 2, 1):
        number = ids.next(NOON - timedelta(days=day))
        records = tuple(StoredEvent(ids.next(entry.at), number, entry) for entry in call(f"a1-{day}", NOON - timedelta(days=day, minutes=59), day * 6))
        head = Conversation(number, str(day), Address("voice.asterisk", str(day)), NOON, WithBot(), last=records[-1].id)
        await store.commit(Commit(number, 0, records, head))
    assert await measured(store, NOON) == (NOON - timedelta(days=2, hours=1), pytest.approx(0.2))
