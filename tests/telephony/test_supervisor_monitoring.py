"""Who may listen to whom, who sees it, and that it is written down; real telephones: tests/channels/voice/test_call_participants.py."""

import pytest
from msgspec.structs import replace

from hub.access.operator import Operator, Role
from hub.actions.conversation_actions import Actions
from hub.conversations.live_signals import LiveSignal
from hub.conversations.message import Author
from hub.kernel.errors import RefusedError
from hub.kernel.health import Health
from hub.organisation.queue import Lines
from hub.telephony.ports import MonitorMode
from hub.telephony.supervisor_monitoring import ASKED, TOLD, SupervisorMonitoring
from tests.actions.test_promise_watch import taken
from tests.authorization_rules import authorization_of
from tests.rig import ANNA, BOSS, OLGA, QUEUES, TOPICS, Rig, eventually

SENIOR = Operator("senior", "Светлана", Role.SENIOR, ("general",))


class Telephone:
    """hub.telephony.ports.MonitoringChannel: lets in whoever is to listen."""

    name = "voice.test"

    def __init__(self) -> None:
        self.there: dict[str, MonitorMode] = {}

    def listeners(self, conversation: int) -> dict[str, MonitorMode]:
        del conversation
        return self.there

    async def listen(self, conversation: int, login: str, ear: MonitorMode | None) -> None:
        del conversation
        if ear is None:
            self.there.pop(login, None)
        else:
            self.there[login] = ear

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        """Nobody talks."""

    def health(self) -> Health:
        return Health(True)

    async def close(self) -> None:
        """Nothing is open."""


def seniors_of(rig: Rig, *, shown: bool = True) -> tuple[SupervisorMonitoring, Telephone]:
    telephone = Telephone()
    supervision = SupervisorMonitoring(rig.sequencer, rig.store, rig.actions, {telephone.name: telephone}, shown=shown)
    rig.sequencer.on_commit.show.subscribe(supervision.committed)
    return supervision, telephone


async def overheard(rig: Rig) -> list[tuple[str, str, str]]:
    return [(audit_entry.by, audit_entry.what, audit_entry.detail) for _, audit_entry in await rig.store.audit_entries() if audit_entry.what.startswith("overhear")]


async def test_a_senior_of_the_centre_listens_and_it_is_written_down(rig: Rig) -> None:
    # MC-05
    supervision, telephone = seniors_of(rig)
    conversation = await taken(rig)
    await supervision.listen(SENIOR, conversation, MonitorMode.LISTEN)
    assert telephone.there == {"senior": MonitorMode.LISTEN}
    assert await overheard(rig) == [("senior", "overhear", "listen")]
    assert TOLD[MonitorMode.LISTEN].format(name="Светлана") in await rig.said(conversation, Author.SYSTEM)
    await supervision.listen(SENIOR, conversation, None)
    assert telephone.there == {}


@pytest.mark.parametrize("who", [OLGA, ANNA, replace(SENIOR, active=False), replace(SENIOR, role=Role.DESIGNER)])
async def test_nobody_else_does_and_the_attempt_is_written_down(rig: Rig, who: Operator) -> None:
    # MC-05, SE-01
    supervision, telephone = seniors_of(rig)
    conversation = await taken(rig)
    with pytest.raises(RefusedError) as refusal:
        await supervision.listen(who, conversation, MonitorMode.LISTEN)
    assert (refusal.value.code, telephone.there) == ("forbidden", {})
    assert await overheard(rig) == [(who.login, "overhear_refused", "")]


async def test_talks_of_another_centre_are_not_for_him(rig: Rig) -> None:
    # MC-05, FD-04: whoever serves lines of one centre only
    supervision, _ = seniors_of(rig)
    conversation = await taken(rig)
    two = (replace(QUEUES[0], centre="077"), replace(QUEUES[1], centre="078"))
    supervision._actions = Actions(rig.sequencer, rig.dispatch, rig.store, Lines(two), TOPICS, authorization_of(two))
    head = await rig.holds(conversation)
    assert supervision.may_listen(SENIOR, head)
    assert not supervision.may_listen(replace(SENIOR, queues=("passports",)), head)
    assert not supervision.may_listen(BOSS, head)


@pytest.mark.parametrize(("shown", "ear", "sees"), [
    (True, MonitorMode.LISTEN, True), (False, MonitorMode.LISTEN, False), (False, MonitorMode.WHISPER, True), (False, MonitorMode.JOIN, True)])
async def test_what_the_operator_sees_of_it(rig: Rig, *, shown: bool, ear: MonitorMode, sees: bool) -> None:
    # MC-05: whoever is heard is seen
    supervision, _ = seniors_of(rig, shown=shown)
    conversation = await taken(rig)
    await supervision.listen(SENIOR, conversation, ear)
    assert bool(supervision.listeners(ANNA, conversation)) is sees
    assert supervision.listeners(BOSS, conversation) == {"senior": ear}
    assert (TOLD[ear].format(name="Светлана") in await rig.said(conversation, Author.SYSTEM)) is sees


async def test_a_senior_is_asked_until_one_comes_or_the_talk_is_over(rig: Rig) -> None:
    # OC-05
    supervision, _ = seniors_of(rig)
    told: list[bool] = []
    supervision.on_ask.subscribe(lambda head: told.append(supervision.asked(head.id)))
    conversation = await taken(rig)
    with pytest.raises(RefusedError, match="ведёт"):
        await supervision.ask(OLGA, conversation, asked=True)
    for _ in range(2):
        await supervision.ask(ANNA, conversation, asked=True)
    assert (supervision.asked(conversation), (await rig.said(conversation, Author.SYSTEM)).count(ASKED)) == (True, 1)
    await supervision.listen(SENIOR, conversation, MonitorMode.JOIN)
    assert not supervision.asked(conversation)
    await supervision.ask(ANNA, conversation, asked=True)
    await rig.actions.close(ANNA, conversation, "other")

    async def over() -> bool:
        return not supervision.asked(conversation)
    await eventually(over)
    assert told == [True, False, True, False]
    await supervision.close()


async def test_who_has_asked_before_a_restart_asks_still(rig: Rig) -> None:
    # OC-05
    first, _ = seniors_of(rig)
    conversation, other = await taken(rig), await taken(rig, citizen="other")
    for each in (conversation, other):
        await first.ask(ANNA, each, asked=True)
    rig.sequencer.on_commit.show.unsubscribe(first.committed)
    await rig.actions.close(ANNA, other, "other")
    again, _ = seniors_of(rig)
    await again.start()
    assert again.asks() == [conversation]
