"""Builds the file transfer of conversations at other centres: both ends, and their listeners (0091)."""

from functools import partial
from typing import NamedTuple

from channels.uploads import kept
from hub.conversations.ports import Store
from hub.conversations.quarantine import Quarantine
from hub.conversations.sequencer import ConversationSequencer
from hub.federation.file_receiver import FileReceiver
from hub.federation.file_sender import FileSender
from hub.federation.ports import Link
from hub.kernel.ports import Files
from okno.config import Config
from okno.lines import Centres


class RemoteFileTransfer(NamedTuple):
    fetching: FileReceiver
    serving: FileSender


def enclosures_of(config: Config, sequencer: ConversationSequencer, store: Store, files: Files, quarantine: Quarantine, link: Link | None,
                  centres: Centres) -> RemoteFileTransfer:
    code = config.centre.code
    fetching = FileReceiver(sequencer, store, files, quarantine, code, link, keep=partial(kept, files), limit=config.link.file_limit)
    return RemoteFileTransfer(fetching, FileSender(sequencer, store, files, quarantine, code, link,
                                                   level=centres.level, title=centres.called))
