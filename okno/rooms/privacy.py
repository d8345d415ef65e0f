"""Personal data: retention, and the rights of the data subject (152-ФЗ)."""

from typing import NamedTuple

from hub.desk.privacy.parts import Rights
from hub.privacy.retention import Retention
from hub.privacy.retention_kinds import retention_policies
from okno.rights import rights_of
from okno.rooms.base import Base, Organisation, close_later
from okno.rooms.cases import CaseWork
from okno.rooms.citizens import Citizens
from okno.rooms.conversations import Conversations
from okno.rooms.dispatch import Acting, Dispatching


class Privacy(NamedTuple):
    rights: Rights
    retention: Retention


def set_up_privacy(base: Base, organisation: Organisation, conversations: Conversations, dispatching: Dispatching,
                   acting: Acting, citizens: Citizens, case_work: CaseWork) -> Privacy:
    config, store, sequencer, files, eraser = base.config, base.store, base.sequencer, base.files, conversations.eraser
    rights = rights_of(config, organisation, sequencer, store, files, acting.actions, citizens.linking, conversations.opt_outs,
                       eraser, dispatching.deliveries, conversations.quarantine, case_work.visits, citizens.application_status)
    retention = Retention(retention_policies(config.retention.terms(), sequencer, store, files, eraser,
                                             organisation.centres.federal_policy, config.retention.cases(base.zone)))
    close_later(base.stack, rights.deleting, rights.answering, rights.demands, retention)
    sequencer.on_commit.react.subscribe(rights.deleting.committed)
    acting.actions.readings.demanded.answer_by(rights.demands.waits)
    return Privacy(rights, retention)
