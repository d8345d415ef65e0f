"""Who is accepted and not answered is seen: from the acceptance, then from the first message without an answer (MC-01)."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.conversations.conversation import WithOperator
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.silence import unanswered_since

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACCEPTED = WithOperator("anna", AT, "general", AT)


def at(second: int) -> datetime:
    return AT + timedelta(seconds=second)


def said(*words: tuple[Author, int]) -> list[StoredEvent]:
    """Messages by author and second; the operator's at a negative second is a note."""
    entries = [Message(author, "слово", at(abs(second)), internal=second < 0) for author, second in words]
    return [StoredEvent(number, 1, entry) for number, entry in enumerate(entries, 2)]


HANDED = StoredEvent(1, 1, HandedOver(AT, ACCEPTED, "accepted", "anna"))
CITIZEN, US, BOT = Author.CITIZEN, Author.OPERATOR, Author.BOT


@pytest.mark.parametrize(("words", "since"), [
    ((), 0), (((CITIZEN, 30),), 0), (((US, 10),), None), (((US, 10), (CITIZEN, 30), (CITIZEN, 40)), 30), (((US, 10), (CITIZEN, 30), (US, 40)), None),
    (((US, -10),), 0), (((BOT, 10),), 0)])
def test_silence_begins_with_the_acceptance_or_the_first_unanswered_message(words: tuple[tuple[Author, int], ...], since: int | None) -> None:
    found = unanswered_since(ACCEPTED, [HANDED, *said(*words)])
    assert found == (None if since is None else at(since))


def test_words_before_the_acceptance_are_no_answer() -> None:
    assert unanswered_since(ACCEPTED, [StoredEvent(0, 1, Message(US, "прежний", at(-60))), HANDED]) == AT


def test_a_tail_that_does_not_reach_the_acceptance_counts_from_its_first_message() -> None:
    assert unanswered_since(ACCEPTED, said((CITIZEN, 300), (CITIZEN, 310))) == at(300)
