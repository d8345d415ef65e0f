"""Two conversations of one citizen as one: nothing owed is lost, parting gives all back, and what is said at either address arrives."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.access.federal_separation import FederalDataPolicy
from hub.access.operator import Operator, Presence
from hub.actions.snooze_service import SnoozeService
from hub.citizens.address_linking import AddressLinking
from hub.citizens.conversation_merging import ConversationMerging
from hub.citizens.verification import VerificationService
from hub.conversations.address import Address
from hub.conversations.callback_promise import DAY, CallbackPromise, promise
from hub.conversations.conversation import Closed, Conversation, Holder, InQueue, Promised, WithBot, WithOperator, connected
from hub.conversations.identities import How, Identity, Proof, memberships
from hub.conversations.journal import HandedOver, PromiseGiven, StoredEvent
from hub.conversations.merge import RECENT, absorb, better, continued, lives, may_merge, merge_into, reopen_separately, taken, unmerge
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError, UndeliverableError
from hub.organisation.level import Level
from hub.reporting.contact_history import ContactProjection
from tests.actions.test_promise_watch import refusal
from tests.rig import ANNA, BOSS, OLGA, Clock, Rig
from tests.traits import TRAITS

SMS, PHONE = "sms.test", "+79991234567"
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


class Merger:
    """Merging over a rig; `both` are a chat that Anna holds, and a conversation by SMS of the same citizen."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.linking = AddressLinking(rig.sequencer, rig.actions, rig.store, FederalDataPolicy(Level.REGIONAL, {}), VerificationService(rig.sequencer, rig.store),
                               {SMS: rig.carrier}, rig.opener.reach)
        self.merging = ConversationMerging(rig.sequencer, rig.store, rig.actions, self.linking, rig.dispatch)

    async def both(self, *, who: Operator | None = ANNA) -> tuple[int, int]:
        """The second is held by `who`, or waits."""
        proof = Proof("web.chat:citizen", f"{SMS}:{PHONE}", self.rig.clock(), "anna", How.TYPED)
        identity = Identity("1", (proof,))
        await self.rig.store.exchange((identity, *memberships([identity])), ())
        chat = await self.rig.waiting(channel="web.chat")
        text = await self.rig.waiting(who=PHONE, channel=SMS)
        for operator in {ANNA.login: ANNA, who.login if who else "": who or ANNA}.values():
            self.rig.ready(operator)
        await self.rig.actions.take(ANNA, chat)
        if who:
            await self.rig.actions.take(who, text)
        await self.rig.told()
        return chat, text

    async def heads(self, *conversations: int) -> list[Conversation]:
        return [await self.rig.holds(each) for each in conversations]


@pytest.fixture
def merger(rig: Rig) -> Merger:
    return Merger(rig)


def state(head: Conversation) -> tuple[Holder, CallbackPromise | None, Any]:
    """What parting gives back."""
    return head.holder, head.promise, head.merged


async def test_one_goes_on_in_the_other_and_is_as_it_was_when_parted(merger: Merger, rig: Rig, clock: Clock) -> None:  # CH-08, CH-12, SL-05
    chat, text = await merger.both()
    clock.forward(60)
    await rig.promise_actions.promise(ANNA, text, "надо уточнить")
    before = [state(head) for head in await merger.heads(chat, text)]
    assert rig.promises.open == 1
    preview = await merger.merging.preview(ANNA, chat, text)
    assert (preview.kept.id, preview.other.id, preview.better.id) == (chat, text, chat)
    assert preview.promise == before[1][1]
    await merger.merging.merge(ANNA, chat, text)
    kept, other = await merger.heads(chat, text)
    assert isinstance(other.holder, Closed)
    assert (kept.promise, other.promise, kept.parts) == (before[1][1], None, (text,))
    assert rig.promises.open == 1
    assert rig.dispatch.load("anna") == 25
    assert [live.head.id for live in await merger.merging.parts(kept)] == [text]
    assert await rig.said(text, Author.SYSTEM)  # what it said before; the merging tells the citizen nothing
    told = await rig.said(text, Author.OPERATOR)
    assert told == [f"Продолжается в обращении {kept.number}."]
    await merger.merging.part(ANNA, chat, text)
    assert [state(head) for head in await merger.heads(chat, text)] == before
    assert (rig.promises.open, rig.promises.kept, rig.promises.withdrawn) == (1, 0, 0)
    audit_entries = [(audit_entry.what, audit_entry.by) for _, audit_entry in await rig.store.audit_entries(limit=1000) if audit_entry.what in {"merge", "part"}]
    assert sorted(audit_entries) == [("merge", "anna"), ("part", "anna")]


async def test_what_the_citizen_says_at_either_address_is_the_kept_ones(merger: Merger, rig: Rig) -> None:  # CH-16, CH-05
    chat, text = await merger.both(who=None)
    snooze_service = SnoozeService(rig.sequencer, rig.store, rig.actions)
    rig.sequencer.on_commit.project.subscribe(snooze_service.committed)
    await merger.merging.merge(ANNA, chat, text)
    await rig.told()
    await snooze_service.put_off(ANNA, chat, None, "")
    before = await rig.said(text, Author.BOT)
    await rig.say("Я ещё про паспорт", "later", who=PHONE, channel=SMS)
    await rig.settled()
    assert snooze_service.of(chat) is None  # he has written
    assert await rig.said(text, Author.BOT) == before  # and no robot has answered
    assert isinstance((await rig.holds(text)).holder, Closed)
    said = await rig.actions.say(ANNA, text, "answer", "Готово", internal=False)
    await rig.settled()
    assert said.id in {record.id for record in rig.carrier.carried}
    assert await refusal(rig.actions.say(OLGA, text, "other", "Нет", internal=False)) == "not_yours"
    await snooze_service.close()


async def test_closed_it_goes_back_to_a_person_for_three_days_and_then_begins_anew(merger: Merger, rig: Rig, clock: Clock) -> None:  # CH-08
    chat, text = await merger.both()
    await merger.merging.merge(ANNA, chat, text)
    await rig.actions.say(ANNA, chat, "answer", "Готово", internal=False)
    await rig.actions.close(ANNA, chat, "other")
    await rig.say("Спасибо, но ещё вопрос", "soon", who=PHONE, channel=SMS)
    await rig.settled()
    kept, other = await merger.heads(chat, text)
    assert isinstance(kept.holder, InQueue | WithOperator)
    assert other.merged is not None
    if isinstance(kept.holder, InQueue):
        await rig.actions.take(ANNA, chat)
    await rig.actions.close(ANNA, chat, "other")
    clock.forward(RECENT.total_seconds() + 1)
    await rig.say("Здравствуйте", "much later", who=PHONE, channel=SMS)
    await rig.settled()
    kept, other = await merger.heads(chat, text)
    assert isinstance(kept.holder, Closed)
    assert isinstance(other.holder, WithBot)
    assert other.merged is None
    assert await merger.merging.parts(kept) == []


async def test_after_a_restart_it_is_still_one_and_can_be_parted(store: Store, clock: Clock) -> None:  # ST-02
    first = await Rig(store, clock).start()
    merger = Merger(first)
    chat, text = await merger.both(who=None)
    before = [state(head) for head in await merger.heads(chat, text)]
    await merger.merging.merge(ANNA, chat, text)
    await first.stop()
    clock.forward(1)
    second = await Rig(store, clock, (1 << 40, "")).start()
    again = Merger(second)
    second.dispatch.set_presence(ANNA, Presence.READY)
    await second.say("Это снова я", "again", who=PHONE, channel=SMS)
    await second.settled()
    assert second.actions.sees(ANNA, (await second.actions.live(text)).head)
    await again.merging.part(ANNA, chat, text)
    await second.told()
    assert [state(head) for head in await again.heads(chat, text)] == before
    assert second.dispatch.length("general") + len(second.dispatch.offered_to("anna")) >= 1
    await second.stop()


async def test_who_has_gone_off_shift_gets_nothing_back(merger: Merger, rig: Rig, clock: Clock) -> None:  # SL-05, D3
    chat, text = await merger.both(who=OLGA)
    assert await refusal(merger.merging.merge(ANNA, chat, text)) == "not_yours"
    since = connected((await rig.holds(text)).holder)  # type: ignore[arg-type]
    await merger.merging.merge(BOSS, chat, text)
    rig.dispatch.set_presence(OLGA, Presence.OFFLINE)
    clock.forward(30)
    await merger.merging.part(BOSS, chat, text)
    holder = (await rig.holds(text)).holder
    assert isinstance(holder, InQueue)
    assert holder.talked_since == since


async def test_people_who_are_not_one_are_not_merged_nor_parted_while_merged(merger: Merger, rig: Rig) -> None:  # CH-16
    chat, text = await merger.both()
    stranger = await rig.waiting(who="stranger", channel="web.chat")
    await rig.actions.take(ANNA, stranger)
    assert await refusal(merger.merging.merge(ANNA, chat, stranger)) == "other_person"
    assert await refusal(merger.merging.preview(ANNA, chat, stranger)) == "other_person"
    assert [head.id for head in await merger.merging.candidates(ANNA, chat)] == [text]
    await merger.merging.merge(ANNA, chat, text)
    assert await merger.merging.candidates(ANNA, chat) == []
    assert await refusal(merger.linking.split(ANNA, chat, f"{SMS}:{PHONE}", "не он")) == "merged_there"
    await merger.merging.part(ANNA, chat, text)
    await merger.linking.split(ANNA, chat, f"{SMS}:{PHONE}", "не он")
    assert await refusal(merger.merging.merge(ANNA, chat, text)) == "other_person"
    assert await refusal(merger.merging.part(ANNA, chat, text)) == "not_merged"


async def test_of_two_who_merge_or_part_at_once_one_does(merger: Merger, rig: Rig) -> None:  # CH-08
    chat, text = await merger.both()
    await rig.actions.say(ANNA, text, "answer", "Готово", internal=False)

    async def outcomes(*audit_entries: Any) -> list[str]:
        found = await asyncio.gather(*audit_entries, return_exceptions=True)
        return sorted(each.code if isinstance(each, RefusedError) else "done" for each in found)
    merge = merger.merging.merge
    assert await outcomes(merge(ANNA, chat, text), merge(ANNA, text, chat), merge(ANNA, chat, text)) == ["already_merged", "done", "not_held"]
    head = await rig.holds(chat)
    assert head.parts == (text,)
    assert await outcomes(merger.merging.part(ANNA, chat, text), merger.merging.part(ANNA, chat, text)) == ["done", "not_merged"]
    assert await outcomes(merge(ANNA, chat, text), rig.actions.close(ANNA, text, "other")) in (["done", "done"], ["done", "not_yours"])


async def test_an_answer_that_was_given_is_not_taken_back(merger: Merger, rig: Rig) -> None:  # SL-05, GV-16
    chat, text = await merger.both()
    await rig.promise_actions.promise(ANNA, text, "надо уточнить")
    await merger.merging.merge(ANNA, chat, text)
    await rig.promise_actions.keep(ANNA, chat, "kept", "Паспорт готов")
    assert await refusal(merger.merging.part(ANNA, chat, text)) == "answered"
    assert rig.promises.kept == 1


async def test_each_contact_is_counted_once(merger: Merger, rig: Rig, clock: Clock) -> None:  # SL-01
    chat, text = await merger.both(who=None)
    clock.forward(30)
    await merger.merging.merge(ANNA, chat, text)
    await rig.actions.say(ANNA, chat, "answer", "Готово", internal=False)
    await rig.actions.close(ANNA, chat, "other")
    stories = ContactProjection()
    records = [record for each in (chat, text) for record in await rig.store.records(each, limit=1000)]
    stories.read(sorted(records, key=lambda record: record.id))
    assert [(c.result.value, c.wait(clock()) >= timedelta(seconds=30)) for c in stories.contacts] == [("closed", False), ("closed", True)]


# The rules, of any two conversations

_ids = count(1)
AGES = st.integers(0, 600).map(lambda s: NOW - timedelta(seconds=s))
OWED = st.none() | AGES.map(lambda given: promise(given, Address("sms", PHONE), "надо уточнить", "anna"))
HELD = st.builds(WithOperator, st.just("anna"), AGES, st.just("general"), AGES, st.none() | AGES)
WAITS = st.builds(InQueue, st.just("general"), AGES, st.sampled_from(["", "anna"]), st.none() | AGES)
LIES = st.builds(Promised, st.just("general"), AGES, st.sampled_from(["", "anna"]))
OVER = st.builds(Closed, AGES, st.just("other"), st.just("anna"))


def conversation(holder: Holder, owed: CallbackPromise | None, channel: str = "sms.test") -> Conversation:
    owes = owed if not isinstance(holder, Closed | WithBot) else None
    return Conversation(next(_ids), "1", Address(channel, PHONE), NOW - DAY, holder, promise=owes)


@given(HELD, OWED, st.one_of(HELD, WAITS, LIES, OVER, st.just(WithBot())), OWED)
def test_parting_undoes_merging(held: WithOperator, owed: CallbackPromise | None, holder: Holder, owed_there: CallbackPromise | None) -> None:  # CH-08, SL-05
    kept = conversation(held, owed)
    other = conversation(holder, owed_there or (promise(NOW, Address("sms", PHONE), "", "") if isinstance(holder, Promised) else None))
    may_merge(kept, other, NOW, TRAITS)
    took = taken(other, "anna", NOW)
    first, second = absorb(kept, other, "anna", "Анна", NOW), merge_into(took[1] if took else other, kept, other, "anna", "Анна", NOW)
    after, gone = first[1], second[1]
    # Nothing that is owed is lost, and no clock runs later.
    dues = [each.promise.due for each in (kept, other) if each.promise]
    assert (after.promise.due if after.promise else None) == min(dues, default=None)
    assert isinstance(after.holder, WithOperator)
    assert connected(after.holder) == min([connected(held)] + ([connected(holder)] if isinstance(holder, WithOperator) else []))
    assert after.holder.waiting_since <= held.waiting_since
    assert gone.promise is None
    assert isinstance(gone.holder, Closed)
    stays, goes = unmerge(after, gone, "anna", "Анна", NOW, there=True)
    assert (stays[1].holder, stays[1].promise, stays[1].parts) == (kept.holder, kept.promise, ())
    assert (goes[1].holder, goes[1].promise, goes[1].merged) == (other.holder, other.promise, None)
    # The figures owe what is owed, wherever it is.
    before, stories, ids = ContactProjection(), ContactProjection(), count(1)
    for number, each, steps in ((1, kept, (first, stays)), (2, other, (took, second, goes))):
        owes = (PromiseGiven(NOW, each.promise.due, "", ""),) if each.promise else ()
        begun = [StoredEvent(next(ids), number, entry) for entry in (*owes, HandedOver(NOW, each.holder, "x"))]
        before.read(begun)
        stories.read([*begun, *(StoredEvent(next(ids), number, entry) for step in steps if step for entry in step[0])])
    assert len([pledge for pledge in stories.pledges if pledge.ended is None]) == len(dues)
    answered = isinstance(holder, InQueue) and holder.talked_since is not None  # by somebody whom these stories do not know
    assert answered or [(c.conversation, c.asked, c.answered, c.result) for c in stories.contacts] == [
        (c.conversation, c.asked, c.answered, c.result) for c in before.contacts]


@given(HELD, WAITS)
def test_only_what_can_be_one_is_merged(held: WithOperator, waits: InQueue) -> None:  # CH-08
    kept, other = conversation(held, None), conversation(waits, None)

    def refused(one: Conversation, two: Conversation) -> str:
        with pytest.raises(RefusedError) as refusal:
            may_merge(one, two, NOW, TRAITS)
        return refusal.value.code
    assert refused(kept, kept) == refused(other, kept) == "not_held"
    assert refused(kept, replace(other, parts=(7,))) == "already_merged"
    assert refused(kept, replace(other, address=Address("voice.ami", PHONE))) == "calling"
    assert refused(kept, replace(other, holder=Closed(NOW - RECENT - timedelta(seconds=1), "", ""))) == "closed_long_ago"
    assert refused(kept, replace(other, erased=NOW)) == "erased"
    chat = conversation(held, None, "web.chat")
    assert better(kept, chat, TRAITS) == better(chat, kept, TRAITS) == chat
    assert better(kept, replace(other, opened=NOW), TRAITS) == kept


def test_a_call_that_is_over_rings_for_nobody() -> None:  # CH-08
    other = conversation(Closed(NOW, "other", "anna"), None)
    call = replace(conversation(Closed(NOW, "other", "anna"), None, "voice.ami"), line="general")
    assert not lives(call, NOW, TRAITS)
    assert reopen_separately(other, call, NOW)[1].holder == InQueue("general", NOW)  # its citizen writes to a person all the same
    assert isinstance(reopen_separately(other, replace(call, erased=NOW), NOW)[1].holder, WithBot)


async def test_a_reply_that_did_not_arrive_stands_where_it_is_read(merger: Merger, rig: Rig) -> None:  # CH-05
    chat, text = await merger.both()
    await merger.merging.merge(ANNA, chat, text)
    rig.carrier.always = UndeliverableError
    await rig.actions.say(ANNA, text, "answer", "Готово", internal=False)
    await rig.settled()
    assert (await rig.holds(text)).merged is not None
    await rig.promise_actions.withdraw(ANNA, chat, "ответ прочитан в чате")
    await rig.actions.close(ANNA, chat, "other")
    await rig.settled()


def test_only_what_nobody_reads_goes_back_into_its_line() -> None:  # CH-08
    held = conversation(WithOperator("anna", NOW, "general", NOW), None)
    assert continued(held, NOW, TRAITS) is None
    over = replace(held, holder=Closed(NOW, "other", "anna"), line="general")
    step = continued(over, NOW, TRAITS)
    assert step is not None
    assert step[1].holder == InQueue("general", NOW)
    assert not any(isinstance(entry, Message) for entry in step[0])
