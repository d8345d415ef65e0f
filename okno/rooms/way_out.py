"""The ways out: deliveries and notices to citizens, hand-overs to other centres; wired alike in the product and in the tests' rigs."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from channels.uploads import let_in
from hub.actions.attachments import OutboundAttachments
from hub.actions.conversation_actions import Actions
from hub.conversations.delivery import Deliveries, Leading
from hub.federation.handover_receiver import Endangered, HandoverPolicy, HandoverReceiver
from hub.federation.handover_sender import HandoverSender
from hub.federation.remote_centres import RemoteCentres
from hub.notifications.notifier import NotificationSender, Zones
from hub.organisation.level import Level
from hub.organisation.queue import Topic
from okno.rooms.base import Base, close_later
from okno.rooms.conversations import Conversations


class Outbound(NamedTuple):
    """What goes out to citizens and to other centres."""

    deliveries: Deliveries
    notification_sender: NotificationSender
    handover_receiver: HandoverReceiver
    handover_sender: HandoverSender


def wire_outbound(base: Base, conversations: Conversations, remote: RemoteCentres, policy: HandoverPolicy, topics: Mapping[str, Topic], *,
                  endangered: Endangered, lead: Leading, zones: Zones) -> Outbound:
    """Not started yet."""
    config, store, sequencer, timing = base.config, base.store, base.sequencer, base.timing
    expect, quarantine = conversations.enclosures.fetching.expect, conversations.quarantine
    deliveries = Deliveries(sequencer, store, base.doors.carriers, base.doors.counters, queue=config.routing.queue, lead=lead,
                            quarantined=quarantine.quarantined, first_retry_s=timing.delivery_s)
    quarantine.on_change.subscribe(deliveries.checked)
    notification_sender = NotificationSender(sequencer, store, deliveries, conversations.opt_outs, zones=zones,
                                             hours=config.notices.hours(), reach=base.opener.reach)
    handover_receiver = HandoverReceiver(sequencer, store, topics, met=base.opener.met, expect=expect, policy=policy, endangered=endangered)
    handover_sender = HandoverSender(sequencer, store, config.centre.code, remote, handover_receiver, level=policy.level, expect=expect,
                                     pause_s=timing.handover_s)
    close_later(base.stack, deliveries, notification_sender, handover_sender)
    return Outbound(deliveries, notification_sender, handover_receiver, handover_sender)


def outbound_attachments_of(base: Base, conversations: Conversations, actions: Actions,
                            level: Callable[[str], Level]) -> OutboundAttachments:
    return OutboundAttachments(base.store, actions, conversations.quarantine, partial(let_in, base.files), carried=base.sequencer.carried,
                               level=level, code=base.config.centre.code)
