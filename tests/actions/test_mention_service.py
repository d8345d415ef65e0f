"""Colleagues who are spoken of hear of it until they have read it; and what an operator may see is counted as it is listed."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access.operator import Operator, Role
from hub.actions.mention import Mention
from hub.actions.mention_service import MentionService
from hub.conversations.address import Address
from hub.conversations.conversation import Conversation, InQueue, Promised, WithOperator
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Message
from hub.conversations.ports import Store
from hub.conversations.visible_counts import VisibleCounter
from tests.actions.test_promise_watch import refusal, taken
from tests.rig import ANNA, BOSS, OLGA, Clock, Rig

LEAD = Operator("lead", "Лидия", Role.SENIOR, ("general",))
NOWHERE = "nowhere"


async def mentioning_of(rig: Rig) -> MentionService:
    await rig.store.put(LEAD)
    made = MentionService(rig.sequencer, rig.store, rig.actions)
    rig.sequencer.on_commit.project.subscribe(made.committed)
    await made.start()
    return made


def mentioned(record: StoredEvent) -> tuple[str, ...]:
    assert isinstance(record.entry, Message)
    return record.entry.mentions


async def test_it_waits_for_whoever_is_spoken_of_until_he_has_read_it(store: Store, rig: Rig) -> None:  # SE-01, ST-02
    conversation, mention_service = await taken(rig), await mentioning_of(rig)
    heard: list[Mention] = []
    mention_service.on_mention.subscribe(heard.append)
    assert [each.login for each in await mention_service.colleagues(ANNA, conversation)] == ["boss", "lead"]
    assert await refusal(rig.actions.open(LEAD, conversation)) == "no_ground"
    rig.actions.readings.mentioned.answer_by(mention_service.waits)
    note = await mention_service.note(ANNA, conversation, "k", "@Лидия, посмотрите", ["lead", "lead"])
    assert (mentioned(note), [each.login for each in heard]) == (("lead",), ["lead"])
    assert await mention_service.note(ANNA, conversation, "k", "@Лидия, посмотрите", ["lead"]) == note
    assert ([each.conversation for each, _ in mention_service.of(LEAD)], mention_service.of(BOSS)) == ([conversation], [])
    again = await mentioning_of(rig)  # after a restart
    assert [each.conversation for each, _ in again.of(LEAD)] == [conversation]
    await rig.actions.open(LEAD, conversation)  # that he is spoken of is his ground
    await mention_service.read(LEAD, conversation)
    await mention_service.read(LEAD, conversation)
    assert (mention_service.of(LEAD), len(heard), await store.all(Mention)) == ([], 1, [])
    await mention_service.note(ANNA, conversation, "k", "@Лидия, посмотрите", ["lead"])  # sent again because the answer was lost
    assert mention_service.of(LEAD) == []


async def test_whoever_may_not_see_it_cannot_be_mentioned(store: Store, rig: Rig) -> None:  # SE-01
    conversation, mention_service = await taken(rig), await mentioning_of(rig)
    for login in ("olga", "anna", NOWHERE):
        assert await refusal(mention_service.note(ANNA, conversation, login, "@", ["lead", login])) == "cannot_mention"
    assert await refusal(mention_service.note(OLGA, conversation, "k", "@", ["lead"])) == "forbidden"
    assert (await store.all(Mention), mention_service.of(LEAD)) == ([], [])


async def test_what_he_may_see_no_more_is_neither_listed_nor_counted_until_he_may_again(rig: Rig) -> None:  # SE-01
    conversation, mention_service = await rig.waiting(), await mentioning_of(rig)
    await mention_service.note(ANNA, conversation, "k", "@Ольга, возьмёте?", ["olga"])
    assert len(mention_service.of(OLGA)) == 1
    await rig.actions.take(ANNA, conversation)
    await rig.told()
    assert mention_service.of(OLGA) == []
    await rig.actions.transfer(ANNA, conversation, queue="", operator="olga", note="")
    await rig.told()
    assert len(mention_service.of(OLGA)) == 1


LOGINS, LINES = ("anna", "olga", ""), ("general", "passports")
HOLDERS = st.one_of(
    st.builds(lambda who, line: WithOperator(who or "anna", Clock()(), line, Clock()()), st.sampled_from(LOGINS), st.sampled_from(LINES)),
    st.builds(lambda who, line: InQueue(line, Clock()(), who), st.sampled_from(LOGINS), st.sampled_from(LINES)),
    st.builds(lambda line: Promised(line, Clock()()), st.sampled_from(LINES)), st.none())


@given(st.lists(st.tuples(st.integers(1, 5), HOLDERS), max_size=30), st.sampled_from(LOGINS[:2]), st.sets(st.sampled_from(LINES)), st.booleans())
def test_what_is_counted_is_what_one_would_find(moves: list[tuple[int, WithOperator | InQueue | Promised | None]], login: str, lines: set[str],
                                                everything: bool) -> None:
    counted, there = VisibleCounter(), dict[int, WithOperator | InQueue | Promised]()
    for number, holder in moves:
        there.pop(number, None)
        counted.drop(number)
        if holder is not None:
            there[number] = holder
            counted.put(Conversation(number, str(number), Address("web.chat", "x"), Clock()(), holder))
    found = [holder for holder in there.values() if mine(holder) == login or (holder.queue in lines and (everything or not mine(holder)))]
    assert counted.count(login, lines, everything=everything) == len(found)
    assert set(counted.conversations) == set(there)


def mine(holder: WithOperator | InQueue | Promised) -> str:
    match holder:
        case WithOperator(operator=login) | InQueue(wanted=login):
            return login
        case _:
            return ""


@pytest.mark.parametrize(("after_h", "expected"), [(19, 0), (20, 1), (25, 1)])
async def test_a_promise_is_at_risk_from_its_second_alarm_on(rig: Rig, clock: Clock, after_h: int, expected: int) -> None:  # SL-05
    conversation = await taken(rig)
    await rig.promise_actions.promise(ANNA, conversation, "надо уточнить")
    await rig.actions.take(ANNA, conversation)
    clock.now += timedelta(hours=after_h)
    await rig.promises.start([await rig.holds(conversation)])
    await rig.told()
    assert rig.promises.owed.conversations == [conversation]
    await rig.settled()
    assert len(rig.promises.at_risk.conversations) == expected
    await rig.promise_actions.keep(ANNA, conversation, "k", "Готово")
    assert rig.promises.owed.conversations == rig.promises.at_risk.conversations == []
