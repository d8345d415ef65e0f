"""Conversations: work left by the last run, incoming files, files of other centres, deliveries, opt-outs."""

from collections.abc import Callable, Container
from functools import partial
from typing import NamedTuple

from channels.ssrf_guard import networks
from channels.uploads import kept
from hub.citizens.code_word_service import CodeWordService
from hub.citizens.verification import VerificationService
from hub.conversations.address import Address
from hub.conversations.ports import Scanner
from hub.conversations.quarantine import Quarantine
from hub.federation.file_receiver import FileReceiver
from hub.federation.file_sender import FileSender
from hub.federation.file_transfer import ANSWERS, KINDS
from hub.federation.handover_sender import Hears
from hub.intake.blocklist import Blocklist
from hub.intake.intake_filter import IntakeFilter
from hub.intake.redeliveries import Redeliveries
from hub.notifications.announcement_replication import AnnouncementReplication
from hub.notifications.announcer import AnnouncementService
from hub.notifications.opt_outs import OptOuts
from hub.notifications.push import PushService
from hub.notifications.push_sender import PushSender
from hub.organisation.level import Level
from hub.privacy.eraser import Eraser
from okno.adapters.loader import scanner_of
from okno.config import PushSettings
from okno.rooms.base import ROBOT, SCANNER, WATCHDOG, Base, Organisation, close_later
from okno.serving.heartbeat import Heartbeat


class RemoteFileTransfer(NamedTuple):
    """Both ends of the transfer of files between centres (0091)."""

    fetching: FileReceiver
    serving: FileSender

    @property
    def heard(self) -> dict[str, Hears]:
        """Who hears each kind of envelope about files."""
        return {kind: self.fetching.hear if told in ANSWERS else self.serving.hear for kind, told in KINDS.items()}


class CentreLookup(NamedTuple):
    """Centres by their codes, and that of an address."""

    level: Callable[[str], Level]
    title: Callable[[str], str]
    at: Callable[[Address], str] = lambda _: ""
    over: Callable[[str, str], bool] = lambda _one, _other: False
    """Whether one is superior to another."""


class Conversations(NamedTuple):
    redeliveries: Redeliveries
    quarantine: Quarantine
    enclosures: RemoteFileTransfer
    intake_filter: IntakeFilter
    announcement_service: AnnouncementService
    announcement_replication: AnnouncementReplication
    opt_outs: OptOuts
    eraser: Eraser
    code_word_service: CodeWordService
    verification_service: VerificationService
    push_sender: PushSender


async def set_up_conversations(base: Base, organisation: Organisation, heart: Heartbeat) -> Conversations:
    """Before any message comes in, erases again what a backup restored of erased conversations. Raises ConfigError, StoreError."""
    centres, scanner = organisation.centres, scanner_of(base.config.scanner)
    close_later(base.stack, redeliveries := Redeliveries(base.store, base.now, crashed=heart.crashed, did=heart.did, does=heart.does))
    await redeliveries.start()
    if redeliveries.wary:
        base.doors.watch(WATCHDOG, redeliveries)
    made = wire_conversations(base, redeliveries, organisation.lines,
                              CentreLookup(centres.level, centres.called, partial(centre_at, base, organisation), centres.over), scanner)
    if scanner is not None:
        base.doors.watch(SCANNER, made.quarantine)
    await made.code_word_service.start()
    await made.eraser.start()
    return made


def wire_conversations(base: Base, redeliveries: Redeliveries, lines: Container[str], centres: CentreLookup,
                       scanner: Scanner | None) -> Conversations:
    """Not started yet."""
    config, store, files, sequencer, now, timing = base.config, base.store, base.files, base.sequencer, base.now, base.timing
    notices = config.notices
    code_word_service = CodeWordService(store, now, lambda: now().astimezone(base.zone).date())
    intake_filter = IntakeFilter(Blocklist(store, now, sequencer.traits), config.flood_limits, queue=config.routing.queue,
                                 limited=config.limited, now_s=timing.monotonic_s, centre=centres.at)
    quarantine = Quarantine(sequencer, store, files, scanner, base.doors.counters[SCANNER], first_retry_s=timing.scan_s,
                            again_s=timing.scan_again_s)
    parts = sequencer, store, files, quarantine, config.centre.code, base.link
    enclosures = RemoteFileTransfer(
        FileReceiver(*parts, keep=partial(kept, files), limit=config.link.file_limit, again_s=timing.remote_file_s),
        FileSender(*parts, level=centres.level, title=centres.title))
    push_sender = PushSender(store, push_of(config.push), now, base.zone)
    close_later(base.stack, intake_filter.blocks, quarantine, *enclosures, push_sender)
    sequencer.on_commit.project.subscribe(quarantine.committed)
    sequencer.on_commit.react.subscribe(enclosures.fetching.committed)
    announcement_service = AnnouncementService(store, now, ROBOT, lines)
    replication = AnnouncementReplication(announcement_service, config.centre.code, base.link, now, over=centres.over)
    close_later(base.stack, replication)
    announcement_service.on_change.subscribe(replication.changed)
    quarantine.on_change.subscribe(enclosures.fetching.checked, enclosures.serving.checked)
    return Conversations(
        redeliveries, quarantine, enclosures, intake_filter, announcement_service, replication,
        OptOuts(store, sequencer.carried, notices.words(), stop=notices.stop[0], start=notices.start[0]),
        Eraser(sequencer, store, files, base.register, code_word_service.kept), code_word_service, VerificationService(sequencer, store),
        push_sender)


def push_of(settings: PushSettings) -> PushService | None:
    if not settings.contact:
        return None
    from channels.web.push import WebPush  # noqa: PLC0415 - signatures are imported where something is pushed

    return WebPush(settings.contact, networks(settings.internal_networks))


def centre_at(base: Base, organisation: Organisation, address: Address) -> str:
    """The centre of the line that an address is in, or was in last; a new address belongs to the hub's own centre."""
    return organisation.centres.authorization.centre_of(live.head.queue if (live := base.sequencer.cached(address)) else "")
