"""Conversations: work left by the last run, incoming files, files of other centres, deliveries, opt-outs."""

from functools import partial
from typing import NamedTuple

from hub.citizens.code_word_service import CodeWordService
from hub.citizens.verification import VerificationService
from hub.conversations.address import Address
from hub.conversations.quarantine import Quarantine
from hub.intake.blocklist import Blocklist
from hub.intake.intake_filter import IntakeFilter
from hub.intake.redeliveries import Redeliveries
from hub.notifications.announcer import AnnouncementService
from hub.notifications.opt_outs import OptOuts
from hub.privacy.eraser import Eraser
from okno.adapters.loader import scanner_of
from okno.remote_files import RemoteFileTransfer, enclosures_of
from okno.rooms.base import ROBOT, SCANNER, WATCHDOG, Base, Organisation, close_later
from okno.serving.heartbeat import Heartbeat
from okno.status import vouching_of


class Conversations(NamedTuple):
    redeliveries: Redeliveries
    quarantine: Quarantine
    enclosures: RemoteFileTransfer
    intake_filter: IntakeFilter
    announcement_service: AnnouncementService
    opt_outs: OptOuts
    eraser: Eraser
    code_word_service: CodeWordService
    verification_service: VerificationService


async def set_up_conversations(base: Base, organisation: Organisation, heart: Heartbeat) -> Conversations:
    """Before any message comes in, erases again what a backup restored of erased conversations. Raises ConfigError, StoreError."""
    config, store, sequencer, centres = base.config, base.store, base.sequencer, organisation.centres
    close_later(base.stack, redeliveries := Redeliveries(store, base.now, crashed=heart.crashed, did=heart.did, does=heart.does))
    await redeliveries.start()
    if redeliveries.wary:
        base.doors.watch(WATCHDOG, redeliveries)
    code_word_service = await vouching_of(config, store, base.now)
    eraser = Eraser(sequencer, store, base.files, base.register, code_word_service.kept)
    await eraser.start()
    notices = config.notices
    opt_outs = OptOuts(store, sequencer.carried, notices.words(), stop=notices.stop[0], start=notices.start[0])
    announcement_service = AnnouncementService(store, base.now, ROBOT, organisation.lines)
    close_later(base.stack, blocks := Blocklist(store, base.now, sequencer.traits))
    intake_filter = IntakeFilter(blocks, config.flood_limits, queue=config.routing.queue, limited=config.limited,
                                 centre=partial(centre_at, base, organisation))
    scanner = scanner_of(config.scanner)
    close_later(base.stack, quarantine := Quarantine(sequencer, store, base.files, scanner, base.doors.counters[SCANNER]))
    if scanner is not None:
        base.doors.watch(SCANNER, quarantine)
    sequencer.on_commit.project.subscribe(quarantine.committed)
    enclosures = enclosures_of(config, sequencer, store, base.files, quarantine, base.link, centres)
    sequencer.on_commit.react.subscribe(enclosures.fetching.committed)
    quarantine.on_change.subscribe(enclosures.fetching.checked, enclosures.serving.checked)
    return Conversations(redeliveries, quarantine, enclosures, intake_filter, announcement_service, opt_outs, eraser, code_word_service,
                         VerificationService(sequencer, store))


def centre_at(base: Base, organisation: Organisation, address: Address) -> str:
    """The centre of the line that an address is in, or was in last; a new address belongs to the hub's own centre."""
    return organisation.centres.authorization.centre_of(live.head.queue if (live := base.sequencer.cached(address)) else "")
