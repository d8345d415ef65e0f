"""After a call its operator has time to write, and is offered nothing meanwhile (CH-13)."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from hub.access.operator import Operator, Presence, Role
from hub.conversations.address import Address
from hub.conversations.journal import WrappedUp
from hub.conversations.ports import Store
from hub.reporting.columns import values
from hub.reporting.contact_history import ContactProjection
from hub.reporting.figure import Place
from hub.reporting.measurement import of_contact
from hub.telephony.ports import RingingOffer
from hub.telephony.wrap_up import WrapUp
from tests.rig import ANNA, Clock, Rig, Screen, eventually

LONG_S, SHORT_S = 600.0, 0.05


class Telephone(Screen):
    """hub.telephony.ports.RingingChannel, at which nobody hears anything."""

    def ring(self, bid: RingingOffer) -> None:
        """Nobody is there."""

    def hush(self, conversation: int, operator: str) -> None:
        """Nothing rings."""


def attached(rig: Rig, clock: Clock, lasts_s: float) -> WrapUp:
    wrap_up = WrapUp(rig.dispatch, rig.sequencer, {Screen.name: Telephone()}, clock, lasts_s)
    rig.sequencer.on_commit.project.subscribe(wrap_up.committed)
    rig.dispatch.on_presence.subscribe(wrap_up.presence)
    return wrap_up


@pytest.fixture
async def wrap_up(rig: Rig, clock: Clock) -> AsyncIterator[WrapUp]:
    wrap_up = attached(rig, clock, LONG_S)
    yield wrap_up
    wrap_up.close()


async def talking(rig: Rig, who: Operator = ANNA) -> int:
    rig.ready(who)
    conversation = await rig.waiting()
    await rig.actions.accept(who, conversation)
    await rig.told()
    return conversation


async def test_who_hangs_up_gives_his_operator_time(rig: Rig, clock: Clock, wrap_up: WrapUp) -> None:
    await talking(rig)
    await rig.message_intake.left(Address(Screen.name, "citizen"))
    await rig.told()
    assert rig.dispatch.presence("anna") is Presence.WRAP_UP
    assert wrap_up.until("anna") == clock() + timedelta(seconds=LONG_S)
    await rig.waiting(who="next")
    assert rig.dispatch.offered_to("anna") == []


async def test_the_next_is_not_offered_before_it_begins(rig: Rig, wrap_up: WrapUp) -> None:
    conversation = await talking(rig)
    await rig.actions.close(ANNA, conversation, "other")
    await rig.waiting(who="next")
    assert wrap_up.until("anna") is not None
    assert [news.how for news in rig.offers] == ["", "accepted"]


async def test_it_is_begun_anew_and_ended(rig: Rig, clock: Clock, wrap_up: WrapUp) -> None:
    conversation = await talking(rig)
    await rig.actions.close(ANNA, conversation, "other")
    await rig.told()
    clock.forward(100)
    rig.dispatch.set_presence(ANNA, Presence.WRAP_UP)
    assert wrap_up.until("anna") == clock() + timedelta(seconds=LONG_S)
    rig.dispatch.set_presence(ANNA, Presence.READY)
    assert wrap_up.until("anna") is None


async def test_the_journal_and_the_handling_time_have_it(rig: Rig, clock: Clock, wrap_up: WrapUp) -> None:
    # CH-13, MC-02
    conversation = await talking(rig)
    clock.forward(60)
    await rig.actions.close(ANNA, conversation, "other")
    await rig.told()
    clock.forward(20)
    rig.dispatch.set_presence(ANNA, Presence.WRAP_UP)
    clock.forward(10)
    rig.dispatch.set_presence(ANNA, Presence.READY)
    await rig.told()
    stories = ContactProjection()
    stories.read(await rig.store.moves_of([conversation]))
    contact, = stories.contacts
    assert (contact.talk, contact.wrap_up) == (timedelta(seconds=60), timedelta(seconds=30))
    counts = of_contact(contact, "voice", clock(), "ru").counts
    assert values(Place.PERIOD, counts)["aht_s"] == 90
    rig.dispatch.set_presence(ANNA, Presence.WRAP_UP)
    rig.dispatch.set_presence(ANNA, Presence.READY)
    await rig.told()
    assert sum(isinstance(record.entry, WrappedUp) for record in await rig.store.records(conversation, limit=100)) == 1  # of no talk


async def test_it_ends_by_itself(rig: Rig, clock: Clock) -> None:
    wrap_up = attached(rig, clock, SHORT_S)
    conversation = await talking(rig)
    await rig.actions.close(ANNA, conversation, "other")

    async def ready() -> bool:
        return rig.dispatch.presence("anna") is Presence.READY and wrap_up.until("anna") is None
    await rig.told()
    await eventually(ready)
    await rig.waiting(who="next")
    assert len(rig.dispatch.offered_to("anna")) == 1
    wrap_up.close()


async def test_who_is_on_a_break_stays_there(rig: Rig, wrap_up: WrapUp) -> None:
    await talking(rig)
    rig.dispatch.set_presence(ANNA, Presence.BREAK)
    await rig.message_intake.left(Address(Screen.name, "citizen"))
    await rig.told()
    assert rig.dispatch.presence("anna") is Presence.BREAK
    assert wrap_up.until("anna") is None


async def test_a_call_that_outlived_the_hub_ends_in_time_to_write(rig: Rig, store: Store, clock: Clock) -> None:
    await talking(rig)
    wrap_up = attached(rig, clock, LONG_S)
    wrap_up.start(await store.held(""))
    await rig.message_intake.left(Address(Screen.name, "citizen"))
    await rig.told()
    assert rig.dispatch.presence("anna") is Presence.WRAP_UP
    wrap_up.close()


async def test_without_a_time_nothing_follows_a_call(rig: Rig, clock: Clock) -> None:
    wrap_up = attached(rig, clock, 0)
    conversation = await talking(rig)
    await rig.actions.close(ANNA, conversation, "other")
    await rig.told()
    assert rig.dispatch.presence("anna") is Presence.READY
    rig.dispatch.set_presence(ANNA, Presence.WRAP_UP)
    assert wrap_up.until("anna") is None


async def test_who_may_serve_no_more_is_not_made_ready(rig: Rig, clock: Clock) -> None:
    wrap_up = attached(rig, clock, SHORT_S)
    pen = Operator("anna", "Анна", Role.DESIGNER)
    rig.dispatch.set_presence(pen, Presence.WRAP_UP)

    async def rests() -> bool:
        return rig.dispatch.presence("anna") is Presence.BREAK
    await eventually(rests)
    wrap_up.close()
