"""Transfer of a conversation to the centre that must answer it: stating the place, finding the way, handing over.

Refusals are those of conversation_actions.py, and: unknown place, no way.
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions, must_not_decide
from hub.conversations.conversation import Closed, Conversation, WithRemoteCentre, hand_over, hand_to_remote, transfer_to_centre
from hub.conversations.journal import ConversationEvent, HandedOver, Placed, PromiseEnd, PromiseEnded
from hub.conversations.message import Author, Message
from hub.conversations.sequencer import ConversationSequencer
from hub.conversations.transfer_route import ToLine, TransferHop, TransferPurpose, TransferRefused
from hub.dispatch.ports import Ladder
from hub.federation.handover_messages import noted, promised_here
from hub.federation.handover_sender import HandoverSender
from hub.kernel.errors import LinkError, RefusedError
from hub.organisation.queue import Topic, kind_of
from hub.organisation.territory import Place

BY_TELEPHONE = (TransferPurpose.ANSWER, TransferPurpose.MFC_STAFF, TransferPurpose.RIGHT_PLACE)
"""Purposes for which a centre is called by telephone."""
NOT_THERE = "По вопросу и месту услуги это обращение не для этого центра: откройте «Передать в другой центр»."


class CentreTransfer:
    def __init__(self, sequencer: ConversationSequencer, actions: Actions, ladder: Ladder, topics: Mapping[str, Topic],
                 handing: HandoverSender | None = None) -> None:
        """`handing` hands conversations to other deployments, where there are links."""
        self._handing = handing
        self._sequencer, self._actions, self._ladder = sequencer, actions, ladder
        self._topics = topics

    async def place(self, who: Operator, conversation: int, place: Place) -> None:
        """State where the service is received (RT-11). Idempotent."""
        live, _ = await self._actions.mine(who, conversation)
        if place == (live.head.place or Place()):
            return
        await self._sequencer.committed_step(
            live, (Placed(self._sequencer.now(), place, who.login),), head=replace(live.head, place=place),
            audit_entries=(self._actions.audit_entry(who, "place", live, place.mfc or place.municipality or place.subject),))

    async def way(self, who: Operator, conversation: int, errand: TransferPurpose, matter: str, topic: str) -> ToLine | TransferRefused:
        """Preview of the target."""
        live, _ = await self._actions.mine(who, conversation)
        return self._way(self._about(live.head, topic), errand, matter)

    async def pass_on(self, who: Operator, conversation: int, errand: TransferPurpose, matter: str, topic: str, note: str) -> None:
        """Hand it to the responsible line, with a note for the receiver; the citizen's clocks are kept (RT-08)."""
        live, _ = await self._actions.mine(who, conversation)
        now = self._sequencer.now()
        must_not_decide(who, live, now)
        head = self._about(live.head, topic)
        step = self._way(head, errand, matter)
        after, passed = self._passed(head, step, now)
        notes = (Message(Author.OPERATOR, note, now, by=who.login, name=who.name, internal=True),) if note else ()
        await self._sequencer.committed_step(
            live, (*notes, HandedOver(now, after.holder, passed.reason, who.login)), head=after,
            audit_entries=(self._actions.audit_entry(who, "pass", live, f"{passed.receiver}: {passed.reason}"),))

    def _passed(self, head: Conversation, step: ToLine | TransferRefused, now: datetime) -> tuple[Conversation, TransferHop]:
        """The head after it, in another line here or at a centre on another deployment; RefusedError("no_way")."""
        if isinstance(step, ToLine):
            return transfer_to_centre(head, step, now), step.passed
        there = self._afar(head, step)
        if there is None or self._handing is None:
            raise RefusedError("no_way", step.why)
        return hand_to_remote(head, there, self._handing.remote.key(head.id), now), there

    async def reaches(self, who: Operator, conversation: int, step: TransferRefused) -> TransferHop | None:
        """How a centre without a line in this hub would take it over the link; None where it would not."""
        live, _ = await self._actions.mine(who, conversation)
        return self._afar(live.head, step)

    def _afar(self, head: Conversation, step: TransferRefused) -> TransferHop | None:
        there = step.by_telephone
        return there if there and self._handing and self._handing.remote.reaches(there.receiver, head.address) else None

    async def give_back(self, who: Operator, conversation: int, note: str) -> None:
        """Return a conversation to the deployment that handed it over; what is owed is owed there again.

        RefusedError("no_way"); RefusedError("promise_open") for a promise made here.
        """
        live, _ = await self._actions.mine(who, conversation)
        now, head = self._sequencer.now(), live.head
        if not head.address.is_remote:
            raise RefusedError("no_way", "Этот разговор пришёл не из другого центра.")
        if promised_here(head):
            raise RefusedError("promise_open", "Ответ обещан здесь, и тот центр о нём не знает: сначала дайте ответ.")
        entries: list[ConversationEvent] = [Message(Author.OPERATOR, note, now, by=who.login, name=who.name, internal=True)] if note else []
        if head.promise is not None:
            entries.append(PromiseEnded(now, head.promise.due, PromiseEnd.MOVED, who.login))
        after = hand_over(replace(head, promise=None), Closed(now, head.topic, who.login))
        entries.append(HandedOver(now, after.holder, "returned_given_back", who.login))
        await self._sequencer.committed_step(live, entries, head=after, audit_entries=(self._actions.audit_entry(who, "give_back", live),))

    async def take_back(self, who: Operator, conversation: int) -> None:
        """Request it from the centre on another deployment: it is first in its line again, unless an operator there works on it.

        RefusedError("not_away"), RefusedError("line_down").
        """
        live = await self._actions.seen(who, conversation)
        now, head, away = self._sequencer.now(), live.head, live.head.holder
        if not isinstance(away, WithRemoteCentre) or self._handing is None:
            raise RefusedError("not_away", "Этот разговор сейчас не в другом центре.")
        if away.queue not in who.queues and not self._actions.authorization.may(who, Permission.STEER, head):
            raise RefusedError("forbidden", "Эта очередь вам не назначена.")
        if not self._handing.remote.up(away.centre):
            raise RefusedError("line_down", "Связи с этим центром сейчас нет: попросите, когда она появится.")
        try:
            await self._handing.want_back(head, away)
        except LinkError as error:
            raise RefusedError("line_down", "Попросить не удалось: попробуйте ещё раз.") from error
        note = noted(f"{who.name}: прошу вернуть обращение из центра «{self._handing.remote.title(away.centre)}».", now)
        await self._sequencer.committed_step(live, (note,), audit_entries=(self._actions.audit_entry(who, "take_back", live, away.centre),))

    def by_telephone(self, head: Conversation, centre: str, topic: str) -> TransferHop:
        """How a citizen may be connected to a centre without a line in this hub; RefusedError where this is not allowed."""
        about = self._about(head, topic)
        steps = [self._way(about, errand, "") for errand in BY_TELEPHONE]
        ways = [step.by_telephone for step in steps if isinstance(step, TransferRefused) and step.by_telephone]
        if found := next((way for way in ways if way.receiver == centre), None):
            return found
        first = steps[0]
        raise RefusedError("no_way", first.why if isinstance(first, TransferRefused) and not ways else NOT_THERE)

    def to_department(self, head: Conversation, department: str, topic: str) -> TransferHop | None:
        """How it may be handed to a department without a line in this hub; None where it has one. RefusedError("no_way")."""
        step = self._way(self._about(head, topic), TransferPurpose.DEPARTMENT, department)
        if isinstance(step, ToLine):
            return None
        if step.by_telephone is None:
            raise RefusedError("no_way", step.why)
        return step.by_telephone

    def _about(self, head: Conversation, topic: str) -> Conversation:
        if topic not in self._topics and topic not in {"", head.topic}:  # the robot's topics may differ from the centre's
            raise RefusedError("no_such_topic", "Такой темы нет.")
        return replace(head, topic=topic or head.topic)

    def _way(self, head: Conversation, errand: TransferPurpose, matter: str) -> ToLine | TransferRefused:
        return self._ladder.way(head, kind_of(head.topic, self._topics), errand, matter, self._sequencer.now())
