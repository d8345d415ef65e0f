"""Builds Open311, by which programs submit cases."""

from functools import partial

from channels.uploads import let_in
from channels.web.open311 import NAME, Open311, Who
from hub.actions.conversation_actions import Actions
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer, Reach
from hub.desk.cases.parts import Cases
from hub.integrations.partner_cases import KeepFile, PartnerCases
from hub.kernel.ports import Files
from hub.organisation.level import Level
from hub.organisation.queue import Lines
from okno.config import Config


def open311_of(config: Config, sequencer: ConversationSequencer, store: Store, actions: Actions, cases: Cases, met: Reach, who: Who,
               lines: Lines, files: Files, keep: KeepFile) -> Open311 | None:
    """None where it is disabled."""
    if not config.open311.on:
        return None
    petitions = PartnerCases(sequencer, store, actions, cases.case_registration, cases.case_notifications, met, channel=NAME,
                             queue=config.routing.queue, keep=keep)
    return Open311(
        config.open311, petitions, cases.topic_tree, who, partial(let_in, files), named=lines.title,
        federal=actions.authorization.line("").level is Level.FEDERAL, limited=config.limited,
        address=config.open311.address or config.surveys.address)
