"""Files of conversations that are at other centres: both ends of the line, and who hears of what (0091)."""

from functools import partial
from typing import NamedTuple

from channels.uploads import kept
from hub.conversations.attachments import Quarantined
from hub.conversations.delivery import Deliveries
from hub.conversations.ports import Store
from hub.conversations.quarantine import Quarantine
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.live.notifier import DeskNotifier
from hub.federation import file_transfer as enclosures
from hub.federation.file_receiver import FileReceiver
from hub.federation.file_sender import FileSender
from hub.federation.handover_sender import HandoverSender
from hub.federation.ports import Link
from hub.kernel.ports import Files
from okno.config import Config
from okno.lines import Centres


class Enclosures(NamedTuple):
    fetching: FileReceiver
    serving: FileSender


def enclosures_of(config: Config, sequencer: ConversationSequencer, store: Store, files: Files, quarantine: Quarantine, link: Link | None,
                  centres: Centres) -> Enclosures:
    code = config.centre.code
    fetching = FileReceiver(sequencer, store, files, quarantine, code, link, keep=partial(kept, files), limit=config.link.file_limit)
    return Enclosures(fetching, FileSender(sequencer, store, files, quarantine, code, link, level=centres.level, title=centres.called))


def introduce_enclosures(its: Enclosures, sequencer: ConversationSequencer, quarantine: Quarantine, handover_sender: HandoverSender,
                         notifier: DeskNotifier,
                         deliveries: Deliveries) -> None:
    def checked(held: Quarantined) -> None:
        notifier.checked(held)
        deliveries.checked(held)
        its.fetching.checked(held)
        its.serving.checked(held)
    quarantine.on_change.subscribe(checked)
    sequencer.on_commit.react.subscribe(its.fetching.committed)
    for kind, told in enclosures.KINDS.items():
        handover_sender.others[kind] = its.fetching.hear if told in enclosures.ANSWERS else its.serving.hear
