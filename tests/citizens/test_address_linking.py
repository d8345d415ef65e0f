"""One person, several addresses: joined by a code that was told, by nothing else, and taken apart again."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access.federal_separation import FederalDataPolicy
from hub.citizens.address_linking import AddressLinking
from hub.citizens.verification import VerificationService
from hub.conversations.address import Address
from hub.conversations.delivery_status import Delivery, Receipt
from hub.conversations.identities import (
    Code,
    How,
    Identity,
    Membership,
    Proof,
    digits_in,
    link,
    memberships,
    plain,
    spelled,
    unlink,
    wait_s,
)
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.conversations.verification_level import LASTS, Proven, Verification
from hub.kernel.errors import OknoError, RefusedError, StoreError
from hub.organisation.level import Level
from storage.sqlite import SqliteStore
from tests.conversations.test_failing_store import failing
from tests.rig import ANNA, BOSS, NEVER, OLGA, Carrier, Rig, eventually
from tests.storage.data import at
from tests.traits import TRAITS

SMS = Carrier.name
PHONE, OTHER = "+79001234567", "+79007654321"
CHAT, BOSS_CHAT = "web.chat:citizen", "web.chat:boss's"
HERE, THERE = f"{SMS}:{PHONE}", f"{SMS}:{OTHER}"
AUDITED = f"{SMS}:•••{PHONE[-2:]}"
"""All that the audit has of it: that is never sealed."""


class Bureau:
    """Joining over a rig, and what its desks were told."""

    def __init__(self, rig: Rig, level: Level = Level.REGIONAL) -> None:
        self.rig = rig
        self.linking = AddressLinking(rig.sequencer, rig.actions, rig.store, FederalDataPolicy(level, {}), VerificationService(rig.sequencer, rig.store), {SMS: rig.carrier, "telegram.bot": rig.carrier},
                               rig.opener.reach)
        self.told: list[frozenset[str]] = []
        self.linking.on_change.subscribe(self.told.append)
        rig.sequencer.on_commit.react.subscribe(self.linking.committed)

    async def talk(self, *, who: str = "citizen", channel: str = "web.chat") -> int:
        """A conversation that Anna holds."""
        conversation = await self.rig.waiting(who=who, channel=channel)
        self.rig.ready(ANNA)
        await self.rig.actions.take(ANNA, conversation)
        return conversation

    async def code(self, conversation: int, number: str = PHONE) -> str:
        """Asked for, and read on the citizen's telephone."""
        self.rig.carrier.carried.clear()
        await self.linking.ask(ANNA, conversation, SMS, number)
        await self.rig.settled()
        texts = [r.entry.text for r in self.rig.carrier.carried if isinstance(r.entry, Message)]
        found = re.search(r"\b\d{6}\b", texts[-1])
        assert found
        return found[0]

    async def addresses(self, conversation: int) -> tuple[str, ...]:
        identity = (await self.linking.known(ANNA, conversation)).identity
        return identity.addresses if identity else ()

    async def join(self, conversation: int, number: str) -> None:
        await self.linking.confirm(ANNA, conversation, await self.code(conversation, number))

    async def refused(self, conversation: int, digits: str) -> str:
        with pytest.raises(RefusedError) as refused:
            await self.linking.confirm(ANNA, conversation, digits)
        return refused.value.code

    async def audit_entries(self, *whats: str) -> list[tuple[str, str, str]]:
        return [(audit_entry.by, audit_entry.what, audit_entry.detail) for _, audit_entry in await self.rig.store.audit_entries(limit=1000) if audit_entry.what in whats]


@pytest.fixture
async def bureau(rig: Rig) -> AsyncIterator[Bureau]:
    bureau = Bureau(rig)
    yield bureau
    await bureau.linking.close()


def other_than(digits: str, by: int = 1) -> str:
    return f"{(int(digits) + by) % 1_000_000:06}"


async def test_the_code_that_was_told_joins(bureau: Bureau) -> None:
    # CH-16, SE-01
    conversation = await bureau.talk()
    digits = await bureau.code(conversation, "8 (900) 123-45-67")
    awaited = (await bureau.linking.known(ANNA, conversation)).awaited
    assert awaited is not None
    assert (awaited.address, awaited.left, awaited.digest.count(digits)) == (HERE, 3, 0)
    known = await bureau.linking.confirm(ANNA, conversation, digits)
    assert known.identity is not None
    assert known.identity.proofs == (Proof(CHAT, HERE, bureau.rig.clock(), "anna", How.TYPED),)
    assert known.awaited is None
    assert await bureau.audit_entries("verified") == [("anna", "verified", "number (typed)")]
    assert await bureau.audit_entries("ask_code", "join") == [("anna", "join", f"{CHAT} + {AUDITED} (typed)"), ("anna", "ask_code", AUDITED)]
    assert bureau.told == [frozenset({CHAT}), frozenset({CHAT, HERE})]
    assert await bureau.refused(conversation, digits) == "no_code"


async def test_the_code_goes_to_the_other_address_alone(bureau: Bureau) -> None:
    # CH-16
    conversation = await bureau.talk()
    digits = await bureau.code(conversation)
    assert not any(digits in text for text in await bureau.rig.said(conversation))
    there = await bureau.rig.store.at_address(Address(SMS, PHONE))
    assert there is not None
    message = (await bureau.rig.store.records(there.id))[-1].entry
    assert isinstance(message, Message)
    assert (message.author, message.veiled, message.internal) == (Author.SYSTEM, True, False)
    assert await bureau.rig.store.find("подтверждения") == []


async def test_the_citizen_may_write_it_himself(bureau: Bureau) -> None:
    # CH-16
    conversation = await bureau.talk()
    digits = await bureau.code(conversation)
    await bureau.rig.stored(f"код {digits}", "not alone")
    await bureau.rig.stored(f" {digits} ", "alone")

    async def known() -> bool:
        return await bureau.addresses(conversation) == (CHAT, HERE)
    await eventually(known)
    identity = (await bureau.linking.known(ANNA, conversation)).identity
    assert identity is not None
    assert (identity.proofs[0].by, identity.proofs[0].how) == ("anna", How.WRITTEN)


async def test_the_code_told_elsewhere_is_worth_nothing(bureau: Bureau) -> None:
    # CH-16: neither in another conversation nor as an answer to the SMS itself
    conversation, other = await bureau.talk(), await bureau.talk(who="stranger")
    digits = await bureau.code(conversation)
    assert await bureau.refused(other, digits) == "no_code"
    await bureau.rig.stored(digits, "k", who=PHONE, channel=SMS)
    await bureau.rig.stored(digits, "k", who="stranger")
    await bureau.rig.told()
    assert await bureau.rig.store.all(Identity) == []
    await bureau.code(other)
    assert await bureau.refused(conversation, digits) == "no_code"


async def test_three_wrong_codes_are_the_end_of_it_for_half_an_hour(bureau: Bureau) -> None:
    # CH-16, ST-04
    conversation = await bureau.talk()
    digits = await bureau.code(conversation)
    assert [await bureau.refused(conversation, other_than(digits, n)) for n in range(1, 4)] == ["wrong_code"] * 3
    assert await bureau.refused(conversation, digits) == "no_code"
    assert await bureau.addresses(conversation) == ()
    assert await bureau.audit_entries("wrong_code") == [("anna", "wrong_code", AUDITED)] * 3
    assert await bureau.audit_entries("verify_failed") == [
        ("anna", "verify_failed", "wrong code, locked"), *[("anna", "verify_failed", "wrong code")] * 2]
    bureau.rig.clock.forward(1799)
    with pytest.raises(RefusedError, match="лично, с паспортом") as locked:
        await bureau.linking.ask(ANNA, conversation, SMS, OTHER)
    assert (locked.value.code, locked.value.wait_s) == ("locked", 2)
    bureau.rig.clock.forward(1)
    await bureau.join(conversation, OTHER)
    assert (await bureau.rig.sequencer.load(conversation)).head.verification == Verification(Proven.NUMBER, bureau.rig.clock() + LASTS)


async def test_a_code_is_over_after_ten_minutes(bureau: Bureau) -> None:
    # CH-16
    conversation = await bureau.talk()
    digits = await bureau.code(conversation)
    bureau.rig.clock.forward(600)
    assert await bureau.refused(conversation, digits) == "no_code"
    assert (await bureau.linking.known(ANNA, conversation)).awaited is None
    digits = await bureau.code(conversation)
    bureau.rig.clock.forward(599)
    await bureau.linking.confirm(ANNA, conversation, digits)


async def test_three_codes_an_hour_to_one_address_whoever_asks(bureau: Bureau) -> None:
    # CH-16
    conversation, other = await bureau.talk(), await bureau.talk(who="stranger")
    for asks in (conversation, other, conversation):
        await bureau.code(asks)
        bureau.rig.clock.forward(60)
    with pytest.raises(RefusedError) as refused:
        await bureau.linking.ask(ANNA, other, SMS, PHONE)
    assert (refused.value.code, refused.value.wait_s) == ("too_fast", 3600 - 180 + 1)
    await bureau.code(other, OTHER)
    bureau.rig.clock.forward(3600 - 180)
    await bureau.code(other)


async def test_a_code_that_never_arrived_is_told_and_over(bureau: Bureau) -> None:
    # CH-05, CH-16
    conversation = await bureau.talk()
    bureau.rig.carrier.always = NEVER
    await bureau.linking.ask(ANNA, conversation, SMS, PHONE)

    async def lost() -> bool:
        known = await bureau.linking.known(ANNA, conversation)
        return (known.awaited, known.undelivered, bureau.told) == (None, "занято", [frozenset({CHAT})] * 2)
    await eventually(lost)
    assert await bureau.refused(conversation, "000000") == "no_code"
    bureau.rig.carrier.always = None
    await bureau.join(conversation, PHONE)
    known = await bureau.linking.known(ANNA, conversation)
    assert known.identity is not None
    assert known.undelivered == ""


async def test_a_code_that_was_replaced_may_fail(bureau: Bureau) -> None:
    # CH-16: the news of an old code ends no new one
    conversation = await bureau.talk()
    await bureau.code(conversation)
    there = await bureau.rig.store.at_address(Address(SMS, PHONE))
    assert there is not None
    digits = await bureau.code(conversation)
    await bureau.rig.message_intake.delivered(Receipt(there.id, (await bureau.rig.store.records(there.id))[-2].id, Delivery.FAILED, "поздно"))
    await bureau.rig.told()
    await bureau.linking.confirm(ANNA, conversation, digits)


async def test_two_who_confirm_at_once_join_once(bureau: Bureau) -> None:
    # CH-16
    conversation = await bureau.talk()
    digits = await bureau.code(conversation)
    outcomes = await asyncio.gather(*(bureau.linking.confirm(ANNA, conversation, digits) for _ in range(5)), return_exceptions=True)
    assert sorted(each.code if isinstance(each, RefusedError) else "" for each in outcomes) == ["", *["no_code"] * 4]
    assert len(await bureau.rig.store.all(Identity)) == 1
    await consistent(bureau.rig.store)


async def test_a_restart_ends_codes_and_remembers_when_they_were_sent(bureau: Bureau) -> None:
    # CH-16
    conversation = await bureau.talk()
    for _ in range(3):
        digits = await bureau.code(conversation)
    await bureau.code(conversation, OTHER)
    again = Bureau(bureau.rig)
    await again.linking.start()
    assert await again.refused(conversation, digits) == "no_code"
    with pytest.raises(RefusedError, match="три кода"):
        await again.linking.ask(ANNA, conversation, SMS, PHONE)
    bureau.rig.clock.forward(3600)
    await again.linking.start()
    assert await bureau.rig.store.all(Code) == []


@pytest.mark.parametrize(("channel", "typed"), [
    (SMS, "12"), (SMS, "почта"), ("web.chat", "citizen"), ("email.imap", "a@b.ru"), ("telegram.bot", "4711"), ("telegram.bot", ""), (SMS, "")])
async def test_where_no_code_can_go(bureau: Bureau, channel: str, typed: str) -> None:
    # CH-16
    conversation = await bureau.talk()
    with pytest.raises(RefusedError) as refused:
        await bureau.linking.ask(ANNA, conversation, channel, typed)
    assert refused.value.code == "no_such_address"
    assert await bureau.rig.store.all(Code) == []


async def test_only_who_steers_the_conversation_joins_and_parts(bureau: Bureau) -> None:
    # SE-01
    conversation = await bureau.talk()
    for audit_entry in (bureau.linking.ask(OLGA, conversation, SMS, PHONE), bureau.linking.confirm(OLGA, conversation, "000000"),
                 bureau.linking.split(OLGA, conversation, HERE, "так")):
        with pytest.raises(RefusedError) as refused:
            await audit_entry
        assert refused.value.code == "not_yours"
    for look in (bureau.linking.known(OLGA, conversation), bureau.linking.history(OLGA, conversation, 0, 50)):
        with pytest.raises(RefusedError) as refused:
            await look
        assert refused.value.code == "forbidden"
    await bureau.linking.ask(BOSS, conversation, SMS, PHONE)


async def test_nothing_of_it_at_the_federal_level(rig: Rig) -> None:
    # CH-16, SE-05, FD-04
    federal = Bureau(rig, Level.FEDERAL)
    conversation = await federal.talk()
    for audit_entry in (federal.linking.ask(ANNA, conversation, SMS, PHONE), federal.linking.known(ANNA, conversation),
                 federal.linking.history(ANNA, conversation, 0, 50), federal.linking.past(ANNA, conversation, conversation)):
        with pytest.raises(RefusedError) as refused:
            await audit_entry
        assert refused.value.code == "federal"


async def test_the_history_of_all_addresses_until_they_are_parted(bureau: Bureau) -> None:
    # CH-16
    old = await bureau.talk(who=PHONE, channel=SMS)
    await bureau.rig.actions.say(ANNA, old, "answer", "Готово", internal=False)
    await bureau.rig.actions.close(ANNA, old, "other")
    strange = await bureau.talk(who=OTHER, channel=SMS)
    conversation = await bureau.talk()

    async def seen() -> list[int]:
        return [head.id for head in await bureau.linking.history(ANNA, conversation, 0, 50)]

    assert await seen() == []
    with pytest.raises(RefusedError) as refused:
        await bureau.linking.past(ANNA, conversation, old)
    assert refused.value.code == "no_such_conversation"
    await bureau.join(conversation, PHONE)
    assert await seen() == [old]
    assert (await bureau.linking.past(ANNA, conversation, old)).id == old
    assert await bureau.audit_entries("past") == [("anna", "past", f"история обращения {(await bureau.rig.holds(conversation)).number}")]
    await bureau.join(conversation, OTHER)
    assert await seen() == [strange, old]
    assert [head.id for head in await bureau.linking.history(ANNA, conversation, strange, 50)] == [old]
    assert len(await bureau.linking.history(ANNA, conversation, 0, 1)) == 1
    known = await bureau.linking.split(ANNA, conversation, HERE, "номер сменил владельца")
    assert known.identity is not None
    assert known.identity.addresses == (CHAT, THERE)
    assert await seen() == [strange]
    assert bureau.told[-1] == frozenset({CHAT, HERE, THERE})
    assert await bureau.audit_entries("split") == [("anna", "split", f"{AUDITED}: номер сменил владельца")]
    assert (await bureau.linking.split(ANNA, conversation, THERE, "ошибка")).identity is None
    assert (await bureau.rig.store.all(Identity), await bureau.rig.store.all(Membership)) == ([], [])
    with pytest.raises(RefusedError) as refused:
        await bureau.linking.split(ANNA, conversation, THERE, "ещё раз")
    assert refused.value.code == "not_joined"


async def test_two_identities_become_one_and_two_again(bureau: Bureau) -> None:
    # CH-16
    one, two = await bureau.talk(), await bureau.talk(who="boss's")
    await bureau.join(one, PHONE)
    await bureau.join(two, OTHER)
    before = {frozenset(each.addresses) for each in await bureau.rig.store.all(Identity)}
    await bureau.join(one, OTHER)
    assert {frozenset(each.addresses) for each in await bureau.rig.store.all(Identity)} == {frozenset({CHAT, HERE, BOSS_CHAT, THERE})}
    with pytest.raises(RefusedError, match="уже подтверждён"):
        await bureau.linking.ask(ANNA, two, SMS, PHONE)
    await bureau.linking.split(ANNA, one, THERE, "не он")
    assert {frozenset(each.addresses) for each in await bureau.rig.store.all(Identity)} == before
    await consistent(bureau.rig.store)


async def test_joined_meanwhile_from_the_other_side(bureau: Bureau) -> None:
    # CH-16: the tree of proofs stays a tree
    one, two = await bureau.talk(who=PHONE, channel=SMS), await bureau.talk(who=OTHER, channel=SMS)
    late = await bureau.code(one, OTHER)
    await bureau.join(two, PHONE)
    await bureau.linking.confirm(ANNA, one, late)
    assert await bureau.addresses(one) == (THERE, HERE)
    await consistent(bureau.rig.store)


async def consistent(store: Store) -> None:
    """Each address leads to the one identity that has it."""
    identities = await store.all(Identity)
    assert sorted((m.address, m.identity) for m in await store.all(Membership)) == sorted((m.address, m.identity) for m in memberships(identities))
    for each in identities:
        assert len(each.addresses) == len(each.proofs) + 1


async def test_a_store_that_fails_joins_nothing(on_disk: Rig, disk: SqliteStore) -> None:
    # CH-16
    for operator in (ANNA, OLGA):
        await disk.put(operator)
    bureau = Bureau(on_disk)
    conversation = await bureau.talk()
    digits = await bureau.code(conversation)
    with failing(disk), pytest.raises(StoreError):
        await bureau.linking.confirm(ANNA, conversation, digits)
    assert await bureau.addresses(conversation) == ()
    await bureau.linking.confirm(ANNA, conversation, digits)
    assert await bureau.addresses(conversation) == (CHAT, HERE)


# Pure

names = st.integers(0, 7).map(lambda number: f"sms.test:{number}")


class Hands:
    """Identities as hub/citizens/address_linking.py makes and parts them, without a store."""

    def __init__(self) -> None:
        self.all: list[Identity] = []
        self.keys = 0

    def of(self, address: str) -> Identity | None:
        return next((each for each in self.all if address in each.addresses), None)

    def groups(self) -> set[frozenset[str]]:
        return {frozenset(each.addresses) for each in self.all}

    def join(self, one: str, two: str) -> None:
        before = [each for each in (self.of(one), self.of(two)) if each]
        self.keys += 1
        after = link(self.of(one), self.of(two), Proof(one, two, at(0), "anna", How.TYPED), str(self.keys))
        self.all = [*(each for each in self.all if each not in before), after]

    def part(self, here: str, away: str) -> None:
        self.keys += 1
        identity = self.of(here)
        assert identity is not None
        self.all = [*(each for each in self.all if each is not identity), *unlink(identity, here, away, str(self.keys))]


@given(st.lists(st.tuples(names, names), max_size=12), st.data())
def test_parting_undoes_what_joining_did(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    # CH-16
    hands = Hands()
    for one, two in pairs:
        if one == two or ((identity := hands.of(one)) and two in identity.addresses):
            continue
        before = hands.groups()
        hands.join(one, two)
        if data.draw(st.booleans()):
            hands.part(one, two)
            assert hands.groups() == before
        assert len({each.key for each in hands.all}) == len(hands.all)
        assert sum(len(each.addresses) for each in hands.all) == len({a for each in hands.all for a in each.addresses})
    for identity in hands.all:
        here, away = data.draw(st.permutations(identity.addresses))[:2]
        halves = unlink(identity, here, away, "new")
        assert not any({here, away} <= set(half.addresses) for half in halves)
        assert sum(len(half.proofs) for half in halves) == len(identity.proofs) - 1


def test_strangers_are_not_parted() -> None:
    identity = Identity("1", (Proof("a", "b", at(0), "anna", How.TYPED),))
    for here, away in (("a", "a"), ("a", "c"), ("c", "a")):
        with pytest.raises(ValueError, match="not joined"):
            unlink(identity, here, away, "2")


@pytest.mark.parametrize(("channel", "typed", "value"), [
    ("sms.smpp", " 8 900 123-45-67 ", "+79001234567"), ("sms.smpp", "+7 (900) 1234567", "+79001234567"), ("sms.smpp", "89001", ""),
    ("email.imap", "Ivan.Petrov@Mail.RU", "ivan.petrov@mail.ru"), ("email.imap", "ivan", ""), ("email.imap", "a b@c.ru", ""),
    ("telegram.bot", " 4711 ", "4711"), ("telegram.bot", "47 11", ""), ("vk.bot", "", "")])
def test_what_operators_type(channel: str, typed: str, value: str) -> None:
    # CH-16
    assert spelled(TRAITS.named(channel).address, typed) == value


@given(st.text(max_size=12))
def test_only_six_digits_are_a_code(text: str) -> None:
    found = digits_in(text)
    assert found in {"", text.strip()}
    assert not found or (len(found) == 6 and found.isascii() and found.isdigit())


def test_the_hour_slides() -> None:
    # CH-16
    code = Code("sms.test:1", 1, "anna", "x", at(600), 3, (at(0), at(100), at(200)))
    assert [wait_s(code, at(s)) for s in (200, 3599, 3600)] == [3401, 2, 0]
    assert wait_s(None, at(0)) == 0
    assert plain(Address("email.imap", "a@b.ru", "7")) == "email.imap:a@b.ru"


@pytest.mark.parametrize("store", ["memory"], indirect=True)
async def test_no_sequence_of_wrong_codes_joins(bureau: Bureau) -> None:
    # CH-16: whatever is asked and guessed in a day, without the code nothing is joined
    conversation = await bureau.talk()
    guesses = 0
    for minute in range(0, 24 * 60, 10):
        try:
            digits = await bureau.code(conversation)
        except OknoError:
            digits = ""
        for n in range(1, 8):
            try:
                await bureau.linking.confirm(ANNA, conversation, other_than(digits or "0", n * 131 + minute))
            except RefusedError as refused:
                guesses += refused.code == "wrong_code"
        bureau.rig.clock.forward(600)
    assert 0 < guesses <= 24 * 2 * 3
    assert await bureau.rig.store.all(Identity) == []
