"""What stands before the robot: blocked senders, floods, campaigns. Nothing is lost, and whoever is a person comes to one (SE-02)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from bots.russian import Russian
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Closed, InQueue, SetAside, SetAsideCause, WithBot
from hub.conversations.message import Author
from hub.conversations.ports import Incoming, Stored
from hub.intake.block import Effect, drawn
from hub.intake.flood_control import FloodLimits, plain
from hub.intake.set_aside import HeldCitizens
from hub.kernel.errors import OknoError, RefusedError
from storage.memory import MemoryStore
from tests.rig import ANNA, BOSS, OLGA, Carrier, Clock, Rig
from tests.traits import TRAITS

DAMPING = FloodLimits(
    messages_per_h=5, conversations_per_h=3, letters_per_h=3, faxes_per_h=3, calls=3, calls_within_min=10, short_calls=2, short_s=5,
    same_text_senders=2, same_text_within_min=10, same_text_min_length=20, sms_answers_per_h=50, other_contact="Позвоните нам.")
NUMBER, OTHER = "+79001234567", "+79007654321"
CALLER, HIDDEN = Address("voice.asterisk", NUMBER), Address("voice.asterisk", "call:1")
CAMPAIGN = "Требуем немедленно отменить закрытие отделения на Садовой!"
TOO_MANY = "Получили. Сообщений от вас много: ответим на все вместе. Позвоните нам."
REFUSED = "Сообщения с этого адреса сейчас не принимаются. Позвоните нам."


@pytest.fixture
async def rig(russian: Russian) -> AsyncIterator[Rig]:
    rig = await Rig(MemoryStore(russian), Clock(), flood_limits=DAMPING).start()
    yield rig
    await rig.stop()


async def said(rig: Rig, messages: int, who: str = NUMBER, channel: str = Carrier.name) -> int:
    """A conversation in which so much more was said at once."""
    for n in range(messages):
        number = await rig.stored(f"вопрос {n}", f"{rig.clock.now}/{n}", who=who, channel=channel)
    await rig.settled()
    return number


async def wrote(rig: Rig, address: Address, text: str) -> int:
    told: asyncio.Future[Stored | OknoError] = asyncio.get_running_loop().create_future()
    rig.message_intake.accept(Incoming(address, f"{address}/{rig.clock.now}", text), told.set_result)
    stored = await told
    assert isinstance(stored, Stored)
    await rig.settled()
    return stored.conversation


async def cause(rig: Rig, conversation: int) -> SetAsideCause | None:
    """Why it lies aside, if it does."""
    holder = (await rig.holds(conversation)).holder
    return holder.cause if isinstance(holder, SetAside) else None


class TestFloods:
    async def test_what_is_too_much_is_stored_and_answered_once(self, rig: Rig) -> None:
        # SE-02: everything is there, and ten messages more bring one answer
        number = await said(rig, 5)
        assert await cause(rig, number) is None
        carried = len(rig.carrier.carried)
        rig.clock.forward(1)
        assert await said(rig, 10) == number
        assert await cause(rig, number) is SetAsideCause.TOO_MANY
        assert len(await rig.said(number, Author.CITIZEN)) == 15
        assert await rig.said(number, Author.SYSTEM) == [TOO_MANY]
        assert len(rig.carrier.carried) == carried + 1
        assert [c.id for c in await rig.store.aside()] == [number]
        assert await rig.store.waiting([]) == []
        assert rig.intake_filter.counts == {(Carrier.name, "dampened"): 1}

    async def test_another_sender_is_not_concerned(self, rig: Rig) -> None:
        # SE-02
        await said(rig, 10)
        assert await cause(rig, await said(rig, 5, who=OTHER)) is None

    async def test_what_a_person_has_stays_with_him(self, rig: Rig) -> None:
        # SE-02, CH-09
        number = await wrote(rig, Address(Carrier.name, NUMBER), "оператор")
        for _ in range(2):
            assert await said(rig, 20) == number
            assert await cause(rig, number) is None
            rig.clock.forward(1)
            rig.ready(OLGA)
            await rig.actions.take(OLGA, number)
        assert len(await rig.said(number, Author.CITIZEN)) == 41

    async def test_whoever_writes_again_when_it_is_quiet_comes_to_a_person(self, rig: Rig) -> None:
        # SE-02: nobody lies aside for ever because nobody has looked
        number = await said(rig, 10)
        rig.clock.forward(1800)
        await said(rig, 1)
        assert await cause(rig, number) is SetAsideCause.TOO_MANY
        rig.clock.forward(1801)
        await said(rig, 1)
        assert isinstance((await rig.holds(number)).holder, InQueue)

    @pytest.mark.parametrize(("channel", "most"), [("email.mail", 3), ("fax.asterisk", 3), ("messenger.max", 3)])
    async def test_conversations_that_one_sender_begins_are_counted(self, rig: Rig, channel: str, most: int) -> None:
        # SE-02: a thread each
        numbers = [await wrote(rig, Address(channel, "somebody", f"thread {n}"), f"вопрос {n}") for n in range(most + 2)]
        assert [await cause(rig, number) for number in numbers] == [None] * most + [SetAsideCause.TOO_MANY] * 2

    async def test_nothing_is_told_where_it_would_cost_a_call(self, rig: Rig) -> None:
        # SE-02: the number of whoever faxes can be forged
        for n in range(4):
            number = await wrote(rig, Address("fax.asterisk", NUMBER, f"{n}"), f"факс {n}")
        assert await cause(rig, number) is SetAsideCause.TOO_MANY
        assert await rig.said(number, Author.SYSTEM) == []

    async def test_what_the_robot_answers_to_forged_numbers_is_bounded(self, rig: Rig) -> None:
        # SE-02: each number writes once, and each is another one
        numbers = [await wrote(rig, Address(Carrier.name, f"+7900{n:07}"), f"вопрос {n}") for n in range(60)]
        causes = [await cause(rig, number) for number in numbers]
        assert causes == [None] * 50 + [SetAsideCause.COSTS] * 10
        assert len({record.conversation for record in rig.carrier.carried}) == 50

    async def test_without_limits_nothing_is_too_much(self, russian: Russian) -> None:
        rig = await Rig(MemoryStore(russian), Clock()).start()
        assert await cause(rig, await said(rig, 100)) is None
        await rig.stop()

    async def test_what_lies_aside_does_so_after_a_restart(self, rig: Rig) -> None:
        # SE-02, CH-06
        number = await said(rig, 10)
        again = await Rig(rig.store, rig.clock, await rig.store.newest(), flood_limits=DAMPING).start()
        rig.clock.forward(1)
        assert await said(again, 1) == number
        assert await cause(again, number) is SetAsideCause.TOO_MANY
        await again.stop()

    async def test_whoever_refuses_notices_is_obeyed_all_the_same(self, rig: Rig) -> None:
        # SE-02, CH-15: a right, whatever else he sends
        number = await said(rig, 10)
        assert await wrote(rig, Address(Carrier.name, NUMBER), "СТОП") == number
        assert rig.opt_outs.hold(Address(Carrier.name, NUMBER))
        assert await cause(rig, number) is SetAsideCause.TOO_MANY


class TestBlocks:
    async def test_a_carrier_is_acknowledged_and_the_sender_told_once(self, rig: Rig) -> None:
        # SE-02: stored as refused, and nobody is rung
        await rig.intake_filter.blocks.add("boss", "sms", NUMBER, Effect.REFUSE, "спам", 7)
        number = await said(rig, 3)
        assert await cause(rig, number) is SetAsideCause.BLOCKED
        assert len(await rig.said(number, Author.CITIZEN)) == 3
        assert [record.entry.text for record in rig.carrier.carried] == [REFUSED]  # type: ignore[union-attr]  # messages only
        assert rig.intake_filter.counts == {(Carrier.name, "blocked"): 1}

    async def test_one_who_is_only_set_aside_is_told_nothing(self, rig: Rig) -> None:
        # SE-02
        await rig.intake_filter.blocks.add("boss", "sms", NUMBER, Effect.SET_ASIDE, "проверяем", 7)
        number = await said(rig, 3)
        assert await cause(rig, number) is SetAsideCause.BLOCKED
        assert rig.carrier.carried == []
        rig.message_intake.admit(Address(Carrier.name, NUMBER))

    async def test_who_can_be_refused_at_once_is_refused_in_words(self, rig: Rig) -> None:
        # SE-02: and hears how else he is heard
        await rig.intake_filter.blocks.add("boss", "web", "shop", Effect.REFUSE, "спам", 7)
        await rig.intake_filter.blocks.add("boss", "web", "192.0.2.0/24", Effect.REFUSE, "спам", 7)
        for address, source in ((Address("web.hook", "shop"), ""), (Address("web.chat", "token"), "192.0.2.9")):
            with pytest.raises(RefusedError) as refusal:
                rig.message_intake.admit(address, source)
            assert (refusal.value.code, refusal.value.text) == ("blocked", REFUSED)
        rig.message_intake.admit(Address("web.chat", "token"), "198.51.100.9")

    async def test_a_conversation_that_a_person_has_goes_on(self, rig: Rig) -> None:
        # SE-02
        number = await wrote(rig, Address(Carrier.name, NUMBER), "оператор")
        await rig.intake_filter.blocks.add("boss", "sms", NUMBER, Effect.REFUSE, "спам", 7)
        assert await said(rig, 2) == number
        assert await cause(rig, number) is None

    @pytest.mark.parametrize("by", ["lifted", "over"])
    async def test_once_it_is_over_he_comes_to_a_person(self, rig: Rig, by: str) -> None:
        # SE-02
        made = await rig.intake_filter.blocks.add("boss", "sms", NUMBER, Effect.REFUSE, "спам", 1)
        number = await said(rig, 1)
        if by == "lifted":
            await rig.intake_filter.blocks.lift("boss", made.id)
        rig.clock.forward(1 if by == "lifted" else 86_401)
        await said(rig, 1)
        assert isinstance((await rig.holds(number)).holder, InQueue)

    async def test_blocks_hold_without_limits_too(self, russian: Russian) -> None:
        rig = await Rig(MemoryStore(russian), Clock()).start()
        await rig.intake_filter.blocks.add("boss", "sms", NUMBER, Effect.REFUSE, "спам", 7)
        assert await cause(rig, await said(rig, 1)) is SetAsideCause.BLOCKED
        await rig.stop()


class TestCampaigns:
    async def test_the_same_text_of_many_lies_together_from_the_third_on(self, rig: Rig) -> None:
        # SE-02
        numbers = [await wrote(rig, Address(Carrier.name, f"+7900{n:07}"), f"{CAMPAIGN}{'!' * n}") for n in range(5)]
        assert [await cause(rig, number) for number in numbers] == [None, None, SetAsideCause.ALIKE, SetAsideCause.ALIKE, SetAsideCause.ALIKE]
        groups = {c.holder.group for c in await rig.store.aside() if isinstance(c.holder, SetAside)}
        assert len(groups) == 1
        assert await rig.said(numbers[-1], Author.SYSTEM) == ["Получили. Таких обращений сейчас много: ответим на все вместе. Позвоните нам."]

    async def test_what_the_robot_can_answer_is_answered_to_everybody(self, rig: Rig) -> None:
        # SE-02: a question that many copy from a page is no campaign
        rig.bot.known.add(CAMPAIGN)
        numbers = [await wrote(rig, Address(Carrier.name, f"+7900{n:07}"), CAMPAIGN) for n in range(5)]
        assert [await cause(rig, number) for number in numbers] == [None] * 5

    async def test_one_sender_alone_is_no_campaign_and_an_old_text_none_either(self, rig: Rig) -> None:
        # SE-02
        for n in range(3):
            assert await cause(rig, await wrote(rig, Address(Carrier.name, NUMBER, f"{n}"), CAMPAIGN)) is None
        rig.clock.forward(601)
        for n in range(2):
            assert await cause(rig, await wrote(rig, Address(Carrier.name, f"+7900{n:07}"), CAMPAIGN)) is None

    @pytest.mark.parametrize(("text", "same"), [
        (CAMPAIGN, True), (CAMPAIGN.upper(), True), (f"  {CAMPAIGN.replace(' ', '   ')} :-)", True), (f"{CAMPAIGN} Мария", False), ("Да", False)])
    def test_texts_are_the_same_by_their_letters(self, text: str, same: bool) -> None:
        assert (plain(text, 20) == plain(CAMPAIGN, 20)) is same


class TestCalls:
    async def test_of_whoever_calls_again_and_again_a_key_is_asked(self, rig: Rig) -> None:
        # SE-02: a person passes at once
        asked = [rig.message_intake.challenge(CALLER) for _ in range(5)]
        assert [each is not None and not each.must for each in asked] == [False, False, False, True, True]
        rig.message_intake.answered(CALLER, CALLER, pressed=True)
        assert not rig.intake_filter.yields(CALLER)
        assert rig.message_intake.challenge(Address("voice.asterisk", OTHER)) is None
        rig.clock.forward(700)
        assert rig.message_intake.challenge(CALLER) is None

    async def test_calls_that_end_within_seconds_are_suspect_sooner(self, rig: Rig) -> None:
        # SE-02
        for _ in range(3):
            assert rig.message_intake.challenge(CALLER) is None
            rig.message_intake.called(CALLER, CALLER, 2.0)
            rig.clock.forward(200)
        assert rig.message_intake.challenge(CALLER) is None
        rig.message_intake.called(CALLER, CALLER, 2.0)
        rig.message_intake.called(CALLER, CALLER, 2.0)
        assert rig.message_intake.challenge(CALLER) is not None

    async def test_who_presses_nothing_comes_to_a_person_behind_all_others(self, rig: Rig) -> None:
        # SE-02: he may be unable to press
        for _ in range(4):
            rig.message_intake.challenge(CALLER)
        rig.message_intake.answered(CALLER, CALLER, pressed=False)
        first = await wrote(rig, CALLER, "оператор")
        rig.clock.forward(60)
        second = await wrote(rig, Address(Carrier.name, OTHER), "оператор")
        holder = (await rig.holds(first)).holder
        assert isinstance(holder, InQueue)
        assert holder.yields
        assert rig.dispatch.line("general") == [second, first]
        rig.message_intake.called(CALLER, CALLER, 30.0)
        assert not rig.intake_filter.yields(CALLER)

    async def test_a_blocked_caller_must_press_and_can(self, rig: Rig) -> None:
        # SE-02: the block screens robots and abuse, no rights
        await rig.intake_filter.blocks.add("boss", "voice", "+79001*", Effect.REFUSE, "обзвон", 7)
        asked = rig.message_intake.challenge(CALLER)
        assert asked is not None
        assert asked.must
        assert "жалобу, нажмите любую цифру" in asked.words
        rig.message_intake.answered(CALLER, CALLER, pressed=True)
        number = (await rig.message_intake.open(CALLER, Citizen())).id
        assert await wrote(rig, CALLER, "оператор") == number
        assert isinstance((await rig.holds(number)).holder, InQueue)

    async def test_all_who_withhold_their_number_are_one_source(self, rig: Rig) -> None:
        # SE-02
        asked = [rig.message_intake.challenge(replace(HIDDEN, value=f"call:{n}")) for n in range(61)]
        assert [each is not None for each in asked] == [False] * 60 + [True]

    async def test_what_a_caller_says_is_no_flood(self, rig: Rig) -> None:
        # SE-02: he was asked at the door
        number = await said(rig, 20, channel="voice.asterisk")
        assert isinstance((await rig.holds(number)).holder, WithBot)


class TestSifting:
    """What leaders do with what lies aside."""

    async def campaign(self, rig: Rig, size: int = 6) -> list[int]:
        """Those of a campaign that lie aside."""
        numbers = [await wrote(rig, Address(Carrier.name, f"+7900{n:07}"), f"{CAMPAIGN}{'!' * n}") for n in range(size)]
        return numbers[2:]

    async def test_one_of_a_campaign_is_seen_with_their_number(self, rig: Rig) -> None:
        # SE-02
        numbers = await self.campaign(rig)
        flooded = await said(rig, 10)
        piles = await rig.sifting.piles(BOSS)
        assert [(pile.cause, [head.id for head in pile.heads]) for pile in piles] == [(SetAsideCause.ALIKE, numbers), (SetAsideCause.TOO_MANY, [flooded])]
        assert set(rig.sifting.lying) == {*numbers, flooded}

    async def test_what_is_given_on_waits_for_people(self, rig: Rig) -> None:
        # SE-02: reversible, and with a deed for each
        numbers = await self.campaign(rig)
        rig.clock.forward(60)
        assert await rig.sifting.release(BOSS, numbers) == 4
        assert await rig.sifting.release(BOSS, numbers) == 0
        assert {c.id for c in await rig.store.waiting(["general"])} == set(numbers)
        assert rig.sifting.lying == {}
        assert [(audit_entry.what, audit_entry.by) for _, audit_entry in await rig.store.audit_entries()] == [("released", "boss")] * 4
        assert rig.intake_filter.counts[Carrier.name, "released"] == 4

    async def test_all_are_answered_at_once(self, rig: Rig) -> None:
        # SE-02
        numbers = await self.campaign(rig)
        assert await rig.sifting.answer(BOSS, numbers, "Отделение не закрывается.") == 4
        await rig.settled()
        for number in numbers:
            assert (await rig.said(number, Author.OPERATOR)) == ["Отделение не закрывается."]
            assert isinstance((await rig.holds(number)).holder, Closed)
        assert {r.entry.text for r in rig.carrier.carried if r.conversation == numbers[0]} >= {"Отделение не закрывается."}  # type: ignore[union-attr]  # messages only

    async def test_what_is_dismissed_is_told_to_nobody_and_can_begin_anew(self, rig: Rig) -> None:
        # SE-02
        number = await said(rig, 10)
        carried = len(rig.carrier.carried)
        assert await rig.sifting.dismiss(BOSS, [number], "реклама") == 1
        await rig.settled()
        assert len(rig.carrier.carried) == carried
        assert (await rig.said(number, Author.OPERATOR)) == ["реклама"]
        rig.clock.forward(7200)
        await said(rig, 1)
        assert isinstance((await rig.holds(number)).holder, WithBot)

    async def test_whom_a_block_concerns_is_told_before_it_is_made(self, rig: Rig) -> None:
        # SE-02
        for n in range(3):
            await wrote(rig, Address(Carrier.name, f"+7900000000{n}"), "вопрос")
        await wrote(rig, Address(Carrier.name, OTHER), "вопрос")
        now = rig.clock.now
        found = await rig.sifting.affected(drawn("sms", "+79000000*", "boss", now, "", TRAITS), now)
        assert found == HeldCitizens(3, 3, more=False)
        assert await rig.sifting.affected(drawn("sms", "+79000000*", "boss", now, "", TRAITS), now + timedelta(days=31)) == HeldCitizens(0, 0, more=False)
        assert await rig.sifting.affected(drawn("web", "192.0.2.0/24", "boss", now, "", TRAITS), now) is None

    async def test_only_who_may_does_it(self, rig: Rig) -> None:
        # SE-01
        number = await said(rig, 10)
        for audit_entry in (rig.sifting.release(ANNA, [number]), rig.sifting.answer(ANNA, [number], "x"), rig.sifting.dismiss(ANNA, [number], "x")):
            with pytest.raises(RefusedError) as refusal:
                await audit_entry
            assert refusal.value.code == "forbidden"
        assert await rig.sifting.piles(ANNA) == []
        assert await cause(rig, number) is SetAsideCause.TOO_MANY
