"""A citizen proves by his account who he is: levels, their end, locks, one person at two addresses, and nothing at the federal centre (ST-04, CH-16)."""

import secrets
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import msgspec
import pytest

from hub.access.federal_separation import FederalDataPolicy
from hub.citizens.address_linking import AddressLinking
from hub.citizens.esia_verification import EsiaVerification
from hub.citizens.verification import VerificationService
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Closed, hand_over
from hub.conversations.identities import ACCOUNT, How, Identity, Membership, plain
from hub.conversations.journal import ErasureCause, HandedOver, Verified
from hub.conversations.ports import Store
from hub.conversations.verification_level import LASTS, LOCKED, Account, DataClass, Misses, Proven, Verification, proven, required, tellable
from hub.kernel.errors import RefusedError
from hub.organisation.level import Level
from hub.privacy.eraser import Eraser
from storage.erasure_register import ErasureFile
from tests.rig import ANNA, Clock, Drawer, Rig


class Bureau:
    """hub.citizens.ports.CitizenAccounts that say what the test wants, and the hub before them."""

    leave = "https://esia.example/leave"

    def __init__(self, rig: Rig, level: Level = Level.REGIONAL) -> None:
        self.rig = rig
        self.fault = ""
        self.subject, self.name = "1000299654", ""
        federal_policy, verification_service = FederalDataPolicy(level, {}), VerificationService(rig.sequencer, rig.store)
        self.linking = AddressLinking(rig.sequencer, rig.actions, rig.store, federal_policy, verification_service, {}, rig.opener.reach)
        self.esia = EsiaVerification(rig.sequencer, rig.store, federal_policy, verification_service, self.linking, self, secure=True)

    async def begin(self, *, named: bool) -> tuple[str, bytes]:
        return "https://esia.example/ac", msgspec.json.encode((named, secrets.token_hex()))

    async def finish(self, query: Mapping[str, str], brought: bytes) -> Account:
        del query
        if self.fault:
            raise RefusedError(self.fault, "")
        return Account(self.subject, self.name if msgspec.json.decode(brought)[0] else "")

    async def talk(self, who: str) -> int:
        return (await self.rig.message_intake.open(Address("web.chat", who), Citizen("Гость"))).id

    async def proves(self, conversation: int, *, named: bool = False) -> None:
        ticket = self.esia.ticket(conversation, "", "ru")
        await self.esia.finish((await self.esia.begin(ticket, named=named))[1], {})

    async def refused(self, conversation: int) -> str:
        with pytest.raises(RefusedError) as refused:
            await self.proves(conversation)
        return refused.value.code

    async def level(self, conversation: int) -> Proven:
        return proven((await self.rig.sequencer.load(conversation)).head.verification, self.rig.clock())

    async def audit_entries(self) -> list[tuple[str, str]]:
        return [(audit_entry.what, audit_entry.detail) for _, audit_entry in await self.rig.store.audit_entries(limit=1000) if audit_entry.what.startswith("verif")]


@pytest.fixture
async def bureau(rig: Rig) -> AsyncIterator[Bureau]:
    bureau = Bureau(rig)
    await bureau.esia.start()
    yield bureau
    await bureau.linking.close()


def test_what_may_be_told_grows_with_the_level() -> None:
    # ST-02, ST-04: the table, by hand
    assert {data.value: required(data).name for data in DataClass} == {"general": "NOTHING", "contacts": "NUMBER", "status": "ACCOUNT", "personal": "ACCOUNT"}
    assert [tellable(level) for level in Proven] == [[DataClass.GENERAL], [DataClass.GENERAL, DataClass.CONTACTS], list(DataClass)]


async def test_an_account_is_a_level_for_an_hour(bureau: Bureau) -> None:
    # ST-04
    conversation, now = await bureau.talk("one"), bureau.rig.clock()
    await bureau.proves(conversation)
    head = (await bureau.rig.sequencer.load(conversation)).head
    assert (head.verification, head.citizen.name) == (Verification(Proven.ACCOUNT, now + LASTS), "Гость")
    entries = [record.entry for record in await bureau.rig.store.records(conversation)]
    assert Verified(now, Proven.ACCOUNT, How.ACCOUNT, now + LASTS, "") in entries
    assert await bureau.audit_entries() == [("verified", "account (account)")]
    bureau.rig.clock.forward(LASTS.total_seconds() - 1)
    assert await bureau.level(conversation) is Proven.ACCOUNT
    bureau.rig.clock.forward(1)
    assert await bureau.level(conversation) is Proven.NOTHING


async def test_the_name_is_kept_by_his_wish_alone(bureau: Bureau) -> None:
    # ST-04
    conversation, bureau.name = await bureau.talk("one"), "Волкова Анна Петровна"
    await bureau.proves(conversation)
    assert (await bureau.rig.sequencer.load(conversation)).head.citizen.name == "Гость"
    await bureau.proves(conversation, named=True)
    assert (await bureau.rig.sequencer.load(conversation)).head.citizen.name == "Волкова Анна Петровна"


async def test_a_level_ends_with_the_conversation(bureau: Bureau) -> None:
    # ST-04
    conversation = await bureau.talk("one")
    await bureau.proves(conversation)
    live, now = await bureau.rig.sequencer.load(conversation), bureau.rig.clock()
    closed = Closed(now, "other", "anna")
    await bureau.rig.sequencer.committed_step(live, (HandedOver(now, closed, "closed"),), head=hand_over(live.head, closed))
    assert await bureau.level(conversation) is Proven.NOTHING
    assert await bureau.refused(conversation) == "over"


async def test_two_addresses_of_one_account_are_one_person(bureau: Bureau, store: Store, clock: Clock) -> None:
    # CH-16: also after a restart, and nothing of it tells the account's number
    one, other, third = [await bureau.talk(who) for who in ("one", "other", "third")]
    await bureau.proves(one)
    await bureau.proves(one)
    after = Bureau(bureau.rig)
    await after.esia.start()
    await after.proves(other)
    (identity,) = await store.all(Identity)
    account = next(each for each in identity.addresses if each.startswith(f"{ACCOUNT}:"))
    assert set(identity.addresses) == {"web.chat:one", "web.chat:other", account}
    assert [(proof.how, proof.by, proof.sent_to) for proof in identity.proofs] == [(How.ACCOUNT, "", account)] * 2
    assert bureau.subject not in str(identity)
    after.subject = "2"
    assert await after.refused(one) == "strangers"
    await after.proves(third)
    assert len(await store.all(Identity)) == 2
    assert await after.refused(one) == "strangers"
    assert len(await store.all(Identity)) == 2
    assert await bureau.audit_entries() == [("verified", "account (account)")] * 4


async def test_three_failures_lock_for_half_an_hour(bureau: Bureau) -> None:
    # ST-04
    conversation, other = await bureau.talk("one"), await bureau.talk("other")
    for bureau.fault in ("away", "misconfigured", "strangers", "denied", "unconfirmed", "failed"):
        assert await bureau.refused(conversation) == bureau.fault
    assert await bureau.audit_entries() == [("verify_failed", "failed, locked"), ("verify_failed", "unconfirmed"), ("verify_failed", "denied")]
    bureau.fault = ""
    assert await bureau.refused(conversation) == "locked"
    await bureau.proves(other)
    bureau.rig.clock.forward(LOCKED.total_seconds())
    await bureau.proves(conversation)
    assert await bureau.rig.store.all(Misses) == []


async def test_failures_that_are_too_old_are_forgotten(bureau: Bureau) -> None:
    # ST-04
    conversation, bureau.fault = await bureau.talk("one"), "denied"
    await bureau.refused(conversation)
    verification_service = VerificationService(bureau.rig.sequencer, bureau.rig.store)
    await verification_service.forget()
    assert len(await bureau.rig.store.all(Misses)) == 1
    bureau.rig.clock.forward(LOCKED.total_seconds())
    await bureau.refused(await bureau.talk("other"))
    assert [misses.address for misses in await bureau.rig.store.all(Misses)] == ["web.chat:other"]
    bureau.rig.clock.forward(LOCKED.total_seconds())
    await verification_service.forget()
    assert await bureau.rig.store.all(Misses) == []


async def test_a_level_is_not_lowered_by_a_weaker_proof(bureau: Bureau) -> None:
    # ST-04
    conversation = await bureau.talk("one")
    await bureau.proves(conversation)
    await VerificationService(bureau.rig.sequencer, bureau.rig.store).reached(conversation, Proven.NUMBER, How.TYPED, "anna")
    assert await bureau.level(conversation) is Proven.ACCOUNT


async def test_a_cookie_is_good_once_for_ten_minutes_and_cannot_be_altered(bureau: Bureau) -> None:
    # SE-01
    conversation = await bureau.talk("one")
    first = bureau.esia.ticket(conversation, "", "ru")
    _, second = await bureau.esia.begin(first, named=False)
    other = "B" if second.startswith("A") else "A"
    for bad in (first, "", "x", "я", second[:-4], other + second[1:], second.replace("=", "") + "AAAA"):
        with pytest.raises(RefusedError) as refused:
            await bureau.esia.finish(bad, {})
        assert refused.value.code == "over"
    await bureau.esia.finish(second, {})
    for again in (second, second + "!", second[:4] + "\n" + second[4:]):  # the decoder of the library passes over what is not its own
        with pytest.raises(RefusedError):
            await bureau.esia.finish(again, {})
    _, late = await bureau.esia.begin(first, named=False)
    bureau.rig.clock.forward(601)
    with pytest.raises(RefusedError):
        await bureau.esia.finish(late, {})
    with pytest.raises(RefusedError):
        await Bureau(bureau.rig).esia.begun(first)


async def test_nobody_proves_anything_at_the_federal_centre(rig: Rig) -> None:
    # FD-04
    bureau = Bureau(rig, Level.FEDERAL)
    await bureau.esia.start()
    conversation = await bureau.talk("one")
    assert not bureau.esia.provable((await rig.sequencer.load(conversation)).head)
    assert await bureau.refused(conversation) == "over"
    assert await rig.store.all(Identity) == []
    await bureau.linking.close()


async def test_nothing_of_an_account_is_left_of_what_was_erased(bureau: Bureau, tmp_path: Path) -> None:
    # SE-03
    conversation = await bureau.talk("one")
    await bureau.proves(conversation)
    bureau.fault = "denied"
    assert await bureau.refused(conversation) == "denied"
    live, now = await bureau.rig.sequencer.load(conversation), bureau.rig.clock()
    closed = Closed(now, "other", "anna")
    await bureau.rig.sequencer.committed_step(live, (HandedOver(now, closed, "closed"),), head=hand_over(live.head, closed))
    assert await Eraser(bureau.rig.sequencer, bureau.rig.store, Drawer(), ErasureFile(tmp_path / "erasures")).erase([conversation], ErasureCause.DEMAND) == 1
    for kind in (Identity, Membership, Misses):
        assert await bureau.rig.store.all(kind) == []
    assert any(isinstance(record.entry, Verified) for record in await bureau.rig.store.records(conversation))


async def test_the_account_can_be_taken_from_an_address_again(bureau: Bureau) -> None:
    # CH-16
    conversation = await bureau.rig.waiting(who="one", channel="web.chat")
    bureau.rig.ready(ANNA)
    await bureau.rig.actions.take(ANNA, conversation)
    await bureau.proves(conversation)
    here = plain((await bureau.rig.sequencer.load(conversation)).head.address)
    identity = (await bureau.linking.known(ANNA, conversation)).identity
    assert identity is not None
    account = next(each for each in identity.addresses if each != here)
    assert (await bureau.linking.split(ANNA, conversation, account, "ошибка")).identity is None
