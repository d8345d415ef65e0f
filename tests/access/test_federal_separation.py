"""The federal centre gives no personalised service: what it may, who is there, what is kept and shown there."""

from datetime import UTC, datetime

import pytest

from hub.access.federal_separation import FederalDataPolicy
from hub.conversations.address import Address, Citizen, Person
from hub.conversations.conversation import Closed, Conversation, InQueue, WithBot
from hub.organisation.level import Level
from tests.traits import TRAITS

NOW = datetime(2026, 1, 1, 3, tzinfo=UTC)
BOTH = FederalDataPolicy(Level.REGIONAL, {"general": Level.REGIONAL, "federal": Level.FEDERAL})
ALONE = FederalDataPolicy(Level.FEDERAL, {"general": Level.FEDERAL})


def test_the_federal_centre_keeps_no_name() -> None:
    # FD-04, CH-16, D19
    told = Citizen("Иван Петров", Person.ORGANISATION, "tt")
    assert BOTH.kept(told) == told
    assert ALONE.kept(told) == Citizen("", Person.ORGANISATION, "tt")


@pytest.mark.parametrize(("channel", "value", "shown", "there"), [
    ("sms.smpp", "+79161234521", "+79161234521", "•••21"), ("email.imap", "ivan.petrov@mail.example.ru", "ivan.petrov@mail.example.ru", "•••@•••"),
    ("voice.sip", "+79161234521", "+79161234521", "•••21"), ("voice.sip", "anonymous", "", ""), ("fax.t38", "+74951234567", "+74951234567", "•••67"),
    ("web.chat", "0a1b2c3d4e5f", "", ""), ("web.form", "0123456789", "", ""), ("messenger.max", "123456789", "", "")])
def test_an_address_is_shown_where_it_means_something_and_masked_there(channel: str, value: str, shown: str, there: str) -> None:
    # FD-04, SE-05, CH-05
    head = Conversation(1, "077-260101-00001-4", Address(channel, value), NOW, InQueue("general", NOW))
    assert tuple(policy.reason(head, TRAITS.readable(head.address)) for policy in (BOTH, ALONE)) == (shown, there)
    said = f"550 5.1.1 <{value}>: не принято"
    assert BOTH.reason(head, said) == said
    assert not shown or value not in ALONE.reason(head, said)


def test_a_name_that_came_along_is_not_shown_there() -> None:
    # FD-04: a general question that overflowed to the federal centre
    def held_in(queue: str) -> Conversation:
        return Conversation(1, "077-260101-00001-4", Address("web.chat", "1"), NOW, InQueue(queue, NOW), citizen=Citizen("Иван"))
    assert [BOTH.shows_name(held_in(queue)) for queue in ("general", "federal")] == [True, False]
    over = Conversation(1, "077", Address("web.chat", "1"), NOW, Closed(NOW, "other", ""), line="federal")
    assert not BOTH.shows_name(over)  # also when it is over
    assert not ALONE.shows_name(Conversation(1, "077", Address("web.chat", "1"), NOW, WithBot()))
