"""Builds the whole hub out of its parts, and takes it down in reverse order. The only module that imports adapters."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, ParamSpec, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web
from msgspec.structs import replace

from bots.faq import FaqBot
from bots.offices import Offices
from bots.russian import Russian
from bots.services import knowledge_of
from bots.teaching import Teaching
from channels.intake import keep_going, pump
from channels.secret import secret
from channels.tls import Certificate
from channels.uploads import let_in
from channels.web.proving import ProofPages
from hub.access.authorization import Authorization
from hub.access.federal_separation import FederalDataPolicy
from hub.access.operator import Operator, Role
from hub.access.ports import IdentityProvider, PasskeyCeremony
from hub.actions.attachments import OutboundAttachments
from hub.actions.canned_replies import CannedReplies
from hub.actions.centre_transfer import CentreTransfer
from hub.actions.conversation_actions import Actions
from hub.actions.mention_service import MentionService
from hub.actions.promise_actions import PromiseActions
from hub.actions.promise_watch import PromiseWatch
from hub.actions.snooze_service import SnoozeService
from hub.appointments.appointment import Appointment
from hub.appointments.robot_booking import SelfBooking
from hub.audit.day_sealer import DaySealer
from hub.cases.case import Case
from hub.cases.due_counts import DueSoonCounters
from hub.cases.outdated_notices import OutdatedInfoReports
from hub.cases.topic_tree import TopicTree
from hub.cases.tracking import CaseTracking
from hub.citizens.address_linking import AddressLinking
from hub.citizens.esia_verification import EsiaVerification
from hub.citizens.ports import CitizenAccounts
from hub.citizens.verification import NoVerification, VerificationService
from hub.conversations.address import Address
from hub.conversations.delivery import Deliveries
from hub.conversations.ports import (
    AwaitingChannel,
    BackgroundChannel,
    CarryingChannel,
    Channel,
    HasHealth,
    ReplayingChannel,
    Scanner,
    Store,
)
from hub.conversations.quarantine import Quarantine
from hub.conversations.sequencer import ConversationSequencer, Reach
from hub.desk.desk import Appointments, Cases, Centre, Complaints, DaysWork, Desk
from hub.desk.http.server import routes as desk_routes
from hub.desk.live.notifier import DeskNotifier
from hub.desk.organisation.settings_transfer import SettingsTransfer
from hub.desk.reporting.mailings import composed
from hub.desk.sign_in.second_step import SecondStep
from hub.desk.sign_in.sessions import Sessions
from hub.desk.sign_in.sso import SingleSignOn
from hub.dispatch.dispatcher import Dispatch
from hub.dispatch.line_retirement import LineRetirement
from hub.dispatch.overflow import OverflowRouter
from hub.dispatch.temporary_assignments import TemporaryAssignments
from hub.federation.handover_receiver import HandoverReceiver
from hub.federation.handover_sender import HandoverSender
from hub.federation.ports import Link
from hub.intake.blocklist import Blocklist
from hub.intake.intake_filter import IntakeFilter
from hub.intake.message_intake import MessageIntake
from hub.intake.ports import Intake
from hub.intake.reactions import Reactions
from hub.intake.redeliveries import Redeliveries
from hub.intake.set_aside import HeldReview
from hub.integrations.department_handover_service import DepartmentHandover
from hub.integrations.webhook_delivery import WebhookDispatcher
from hub.kernel.errors import UnavailableStoreError
from hub.kernel.health import ChannelCounters
from hub.kernel.ids import RecordIds, TicketNumbers
from hub.kernel.leases import Lease
from hub.kernel.ports import Files, Keys
from hub.knowledge.article_replication import KIND as KNOWLEDGE
from hub.knowledge.article_replication import ArticleReplication
from hub.knowledge.editorial import Editorial
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.knowledge.outdated_flag import doubted
from hub.monitoring.alarm_service import AlarmMonitor
from hub.monitoring.broadcasts import SupervisorBroadcasts
from hub.monitoring.channel_checks import ChannelChecks
from hub.monitoring.channel_health import ChannelMonitor
from hub.monitoring.remote_floors import RemoteQueueStatus
from hub.monitoring.wallboard import Wallboard
from hub.notifications.announcer import AnnouncementService
from hub.notifications.notifier import NotificationSender
from hub.notifications.opt_outs import OptOuts
from hub.organisation.settings import Settings
from hub.organisation.settings_versions import SettingsVersions
from hub.privacy.eraser import Eraser
from hub.privacy.ports import ErasureRegister
from hub.privacy.retention import Retention
from hub.privacy.retention_kinds import retention_policies
from hub.quality.surveys.service import SurveyService
from hub.reporting.centre_reports import Reporting
from hub.reporting.days import Days
from hub.reporting.mailing_service import ScheduledReports
from hub.reporting.replication import KIND as STATISTICS
from hub.reporting.replication import StatisticsReplication
from hub.robot.day_figures import RobotDays
from hub.robot.dialogue_draft import Drafts
from hub.robot.learning import PhraseLabelling
from hub.robot.ports import danger_words
from hub.robot.publishing import Publishing
from hub.robot.training_job import TrainingJobs
from hub.telephony.consultations import ConsultTransfer
from hub.telephony.outbound_calls import OutboundCalls
from hub.telephony.ports import SoftphoneChannel
from hub.telephony.recordings import CallRecordings
from hub.telephony.ringing import OfferRinger
from hub.telephony.speech_to_text import Recognise, SpeechToText
from hub.telephony.supervisor_listening import SupervisorMonitoring
from hub.telephony.transcripts import Transcribe, Transcripts
from hub.telephony.wrap_up import WrapUp
from okno import drivers
from okno.adapters.leaked import leaked
from okno.adapters.workshop import Workshop
from okno.booking import appointments_of, booking_of, follow, schedules_of, visits_of
from okno.cases import cases_of, numbers_of, statuses_of, whither
from okno.commands.access import outside
from okno.complaints import complaints_of
from okno.config import ChannelSettings, Config, ConfigError, KeySettings, ScannerSettings, SpeechSettings, old_proxy_settings
from okno.content import content_of
from okno.enclosures import enclosures_of, introduce_enclosures
from okno.lines import Centres
from okno.link import check_reports, link_of
from okno.open311 import open311_of
from okno.quality import quality_of
from okno.rights import rights_of
from okno.robot import bring_along, house_of, talking
from okno.scripts import scripts_of
from okno.serving.certificates import HTTPS, all_certificates, certificate_of
from okno.serving.heartbeat import UNWATCHED, Heartbeat
from okno.serving.http_server import redirecting, serve, web_application
from okno.serving.leading import Leading
from okno.serving.metrics import Metrics
from okno.settings import configured, loaded
from okno.status import status_of, vouching_of
from okno.surveys import surveys_of
from okno.systems import catalogues_of, publicity_of, systems_of
from routing.assign import Floor
from routing.opening import Opening
from storage.erasures import ErasureList
from storage.files import SealedFiles
from storage.memory import MemoryStore
from storage.places import Place, in_folder
from storage.seals import KeptSeals
from storage.sqlite import SqliteStore
from storage.vault import Vault

log = logging.getLogger(__name__)
P = ParamSpec("P")

EVERYTHING = 1_000_000
"""More than ever wait at once."""
DATABASE = "okno.db"
MOVED = ".moved"
"""Beside a database that lives elsewhere now: a hub that went on writing here would split the centre's memory."""
SCANNER, WATCHDOG = "scanner", "watchdog"
"""How they are called among the channels."""
ROBOT = "Робот Окно"
FIRST_LOGIN = "admin"
KEEPER = drivers.DriverKind[Keys]("storage.keys", "keys", "keeper", extra="{name}")
SCANNER_DRIVER = drivers.DriverKind[Scanner]("storage.scanners", "scanner")


class Hub:
    """A running hub: where it listens, and the first operator's one-time password if it is still unused."""

    def __init__(self, address: str, password: str, store: Store, certificates: Sequence[Certificate]) -> None:
        self.address, self.password, self.store, self._certificates = address, password, store, certificates

    def refresh(self) -> None:
        """Use certificates that were renewed."""
        for certificate in self._certificates:
            certificate.refresh()


@runtime_checkable
class Mounted(Protocol):
    """A channel with a place on the HTTP server."""

    def routes(self) -> list[web.AbstractRouteDef]: ...


def now() -> datetime:
    return datetime.now(UTC)


def open_words_and_store(config: Config) -> Store:
    """The store for a command that needs nothing else of the hub; raises UnavailableStoreError."""
    return open_store(config, Russian())


def open_store(config: Config, russian: Russian, lease: Lease | None = None) -> Store:
    """The store of a configuration; with a lease whoever has lost it stores nothing. Raises UnavailableStoreError, SealedError."""
    match config.store.kind:
        case "memory":
            return MemoryStore(russian)
        case "mongodb":
            from storage.mongo import MongoStore  # noqa: PLC0415 - its client costs 0.1 s and 15 MB, for whoever has it

            return MongoStore(mongo_uri(config), config.store.name, russian, vault_of(config), lease)
        case "sqlite":
            database = data_folder(config) / DATABASE
            if (moved := database.with_suffix(MOVED)).exists():
                whither = moved.read_text(encoding="utf8").strip()
                message = f"{database} was moved to {whither}: set store.kind, or delete {moved} to go back"
                raise UnavailableStoreError(message)
            return SqliteStore(database, russian, vault_of(config))


def mongo_uri(config: Config) -> str:
    """Where MongoDB is, with the password; raises UnavailableStoreError."""
    try:
        return secret(config.store.uri_file) if config.store.uri_file else config.store.uri
    except msgspec.ValidationError as error:
        raise UnavailableStoreError(str(error)) from error


def has_store(config: Config) -> bool:
    """Whether there may be anything to read; opening a store would make an empty one."""
    return config.store.kind == "mongodb" or (config.store.kind == "sqlite" and (Path(config.data) / DATABASE).exists())


def vault_of(config: Config) -> Vault:
    """What seals the documents of a configuration's database."""
    return Vault(keeper(config.keys), config.centre.code)


def data_folder(config: Config) -> Path:
    """The folder of everything that is kept; made for its owner only, since it holds personal data."""
    folder = Path(config.data)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"data folder {folder}: {error.strerror}"
        raise ConfigError(message) from error
    return folder


def keeper(settings: KeySettings) -> Keys | None:
    """Who keeps the keys, by his name: "file" is storage/keys/file.py; None where nothing is sealed. Raises ConfigError."""
    if not settings.keeper:
        return None
    return drivers.load(KEEPER, settings.keeper, settings.settings)


class Beside(NamedTuple):
    """What is kept beside the rows of a store."""

    place: Place
    files: SealedFiles
    seals: KeptSeals
    register: ErasureRegister


@contextmanager
def beside(config: Config) -> Iterator[Beside]:
    """Where it is said to be: on this machine's disk, or in the database that many hubs share.

    Raises ConfigError, UnavailableStoreError, and SealedError where a key of the files is not there.
    """
    with place_of(config, config.store.kind) as place:
        keys, copies = keeper(config.keys), Path(config.audit.copies) if config.audit.copies else None
        files = SealedFiles(place.shelf, keys, f"{config.centre.code}/files")
        files.check()
        yield Beside(place, files, KeptSeals(place.seals, keys, f"{config.centre.code}/audit", copies),
                     ErasureList() if config.store.kind == "memory" else place.register)


@contextmanager
def place_of(config: Config, kind: str) -> Iterator[Place]:
    """Beside a kind of store; raises ConfigError, UnavailableStoreError."""
    copies = Path(config.audit.copies) if config.audit.copies else None
    if kind == "mongodb":
        from storage.mongo_place import in_mongodb  # noqa: PLC0415 - as above

        with in_mongodb(mongo_uri(config), config.store.name, copies) as place:
            yield place
    else:
        yield in_folder(data_folder(config), copies)


def scanner_of(settings: ScannerSettings) -> Scanner | None:
    """Who looks into files, by his name: "clamd" is storage/scanners/clamd.py; None where nobody does. Raises ConfigError."""
    if not settings.driver:
        return None
    return drivers.load(SCANNER_DRIVER, settings.driver, settings.settings)


def _tell_old_settings(config: Config) -> None:
    for notice in old_proxy_settings(config):
        log.warning("an old setting is in the configuration", extra={"which": notice})


def connect(settings: ChannelSettings, intake: Intake, store: Store, files: Files, *, limited: bool) -> Channel:
    """A channel by its driver's name: "web.chat" is channels/web/chat.py."""
    return drivers.load(drivers.CHANNEL, settings.driver, settings.own(), intake, store, files, limited=limited)


def speech(settings: SpeechSettings) -> tuple[Recognise | None, Transcribe | None]:
    """What listens to citizens, and to talks; raises ConfigError where there is no model."""
    if not settings.model:
        return None, None
    if not (Path(settings.model) / "model.bin").is_file():
        message = f"speech.model: there is no model.bin in {settings.model}"
        raise ConfigError(message)
    # Whoever has no use for it does not wait for its libraries.
    listener, how = import_module("bots.speech"), (settings.model, settings.language, settings.threads)
    return partial(listener.recognise, *how), partial(listener.transcribe, *how)


def ceremony(config: Config) -> PasskeyCeremony | None:
    """What judges passkeys; None where the desk has no address that they could be for."""
    if not config.desk.origin:
        return None
    # As above: its libraries are for whoever has passkeys.
    made: PasskeyCeremony = import_module("okno.adapters.passkeys").connect(config.desk.origin, config.desk.rp_id, config.centre.name)
    return made


def directory(config: Config) -> AbstractAsyncContextManager[IdentityProvider]:
    """Where operators come from; its libraries are for whoever has one."""
    made: AbstractAsyncContextManager[IdentityProvider] = import_module("okno.adapters.oidc").connected(config.oidc, config.desk.origin)
    return made


def tracing() -> ModuleType:
    """What tells a collector how long everything took: for whoever has one, as above. Raises ConfigError."""
    try:
        return import_module("okno.serving.traces")
    except ModuleNotFoundError as error:
        message = f"traces: they need {error.name}: pip install 'okno[traces]'"
        raise ConfigError(message) from error


def introduce_traces(stack: AsyncExitStack, config: Config, sequencer: ConversationSequencer, deliveries: Deliveries,
                     now: Callable[[], datetime]) -> None:
    """Who hears what took how long. Raises ConfigError."""
    if config.traces.endpoint:
        close_later(stack, traces := tracing().Traces(config.traces, config.centre.code, now))
        sequencer.listeners.append(traces.committed)
        deliveries.on_sent = traces.sent


async def citizens_accounts(stack: AsyncExitStack, config: Config, sequencer: ConversationSequencer, store: Store,
                            federal_policy: FederalDataPolicy,
                            verification_service: VerificationService, linking: AddressLinking) -> EsiaVerification | None:
    """How citizens prove by ЕСИА who they are; None where they cannot. Its libraries are for whoever has it."""
    if not config.esia.address:
        return None
    made: AbstractAsyncContextManager[CitizenAccounts] = import_module("okno.adapters.esia").connected(config.esia)
    proving = EsiaVerification(sequencer, store, federal_policy, verification_service, linking, await stack.enter_async_context(made),
                      secure=config.esia.origin.startswith("https:"))
    await proving.start()
    return proving


async def first_operator(store: Store, sessions: Sessions, config: Config) -> str:
    """Until somebody has signed in and chosen a password, each start makes a new one-time password for the first account."""
    operators = await store.all(Operator)
    if operators and not (len(operators) == 1 and operators[0].login == FIRST_LOGIN and operators[0].one_time):
        return ""
    first = Operator(FIRST_LOGIN, "Администратор", Role.ADMIN, tuple(queue.id for queue in config.queues))
    return (await sessions.one_time_password(first, ""))[1]


async def take_over(store: Store, announcement_service: AnnouncementService, dispatch: Dispatch, promises: PromiseWatch,
                    overflow: OverflowRouter, opt_outs: OptOuts,
                    reactions: Reactions, notification_sender: NotificationSender, wrap_up: WrapUp, wallboard: Wallboard,
                    alarm_monitor: AlarmMonitor) -> None:
    """Go on where the last run of the hub stopped."""
    held, waiting = await store.held(""), await store.waiting((), limit=EVERYTHING)
    await announcement_service.start()
    await dispatch.start(held, waiting)
    wrap_up.start(held)
    heads = [*held, *waiting, *await store.promised(limit=EVERYTHING)]
    wallboard.start(heads)
    alarm_monitor.watch(heads)
    await promises.start(held)
    overflow.start(held, waiting)
    await opt_outs.start()
    await reactions.start()
    await notification_sender.start()


@asynccontextmanager
async def working(channels: Mapping[str, Channel], intake: Intake, counters: Mapping[str, ChannelCounters]) -> AsyncIterator[None]:
    """Takes in what carriers bring, and has the others do their work, until it is left."""
    async with asyncio.TaskGroup() as group:
        works: dict[str, Callable[[], Awaitable[None]]] = {
            name: partial(pump, channel, intake) for name, channel in channels.items() if isinstance(channel, CarryingChannel)}
        works |= {name: channel.work for name, channel in channels.items() if isinstance(channel, BackgroundChannel)}
        tasks = [group.create_task(keep_going(name, work, counters[name])) for name, work in works.items()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


def _each(*listeners: Callable[P, None]) -> Callable[P, None]:
    def tell(*arguments: P.args, **named: P.kwargs) -> None:
        for listener in listeners:
            listener(*arguments, **named)
    return tell


def introduce(sequencer: ConversationSequencer, dispatch: Dispatch, sessions: Sessions, announcement_service: AnnouncementService,
              notifier: DeskNotifier, reactions: Reactions, overflow: OverflowRouter,
              promises: PromiseWatch, notification_sender: NotificationSender, linking: AddressLinking, channel_monitor: ChannelMonitor,
              ringer: OfferRinger, outbound_calls: OutboundCalls,
              wrap_up: WrapUp) -> None:
    """Who hears of what."""
    sequencer.listeners += [reactions.committed, wrap_up.committed, dispatch.committed, overflow.committed, promises.committed,
                        notification_sender.committed, notifier.committed, linking.committed, channel_monitor.committed,
                        outbound_calls.committed]
    dispatch.expects = overflow.predicted_s
    dispatch.on_offer, dispatch.on_moved = _each(ringer.offer, notifier.offer, overflow.offer), notifier.moved
    dispatch.on_presence = _each(wrap_up.presence, notifier.presence, promises.presence, overflow.presence)
    outbound_calls.on_talked = wrap_up.begin
    dispatch.on_account, dispatch.on_lost = notifier.renew, notifier.tell
    sessions.on_end, overflow.on_wait = notifier.signed_out, notifier.wait
    sessions.emergency.on_use = notifier.glass
    promises.on_stage, announcement_service.on_change, notification_sender.on_change = notifier.stage, notifier.announced, notifier.noticed
    linking.on_change, channel_monitor.on_change = notifier.joined, notifier.beats


def others_in_talks(config: Config, sequencer: ConversationSequencer, store: Store, dispatch: Dispatch, actions: Actions,
                    channels: Mapping[str, Channel], passing: CentreTransfer,
                    centres: Centres) -> tuple[ConsultTransfer, SupervisorMonitoring]:
    """Whom operators ask, and who listens to them."""
    return (ConsultTransfer(sequencer, store, dispatch, actions, channels, config.directory, passing, centres.outside),
            SupervisorMonitoring(sequencer, store, actions, channels, shown=config.talks.listeners_shown))


def introduce_others(sequencer: ConversationSequencer, actions: Actions, consulting: ConsultTransfer, supervision: SupervisorMonitoring,
                     notifier: DeskNotifier) -> None:
    """Who hears of those who take part in talks."""
    sequencer.listeners.append(supervision.committed)
    actions.readings.asked = supervision.asked
    consulting.on_change = supervision.on_change = notifier.tell
    supervision.on_ask = notifier.senior


def introduce_cases(cases: Cases, notifier: DeskNotifier, webhooks: WebhookDispatcher) -> None:
    """Who hears of registered cases."""
    def changed(case: Case) -> None:
        cases.clocks.look()
        cases.entrusting.look()
        notifier.case(case)
        webhooks.look()

    cases.case_registration.on_change = cases.work.on_change = changed
    cases.clocks.on_alarm = notifier.case_alarm


def introduce_complaints(complaints: Complaints, notification_sender: NotificationSender, notifier: DeskNotifier) -> None:
    """Who hears of what goes to authorities."""
    notification_sender.on_change = _each(notifier.noticed, complaints.referring.noticed)
    complaints.referring.on_alarm, complaints.referring.on_change = notifier.referral_alarm, notifier.case
    complaints.advising.on_change = notifier.advised


def introduce_handbook(editorial: Editorial, flagging: OutdatedInfoReports, bot: FaqBot, notifier: DeskNotifier) -> None:
    """Who hears of what holds, and of what is doubted."""
    def learn() -> None:
        bot.learn(knowledge_of(editorial.handbook(), doubted(flagging.open)))

    def changed(_: KnowledgeSnapshot) -> None:
        learn()
        flagging.published()

    editorial.on_change, flagging.on_change, flagging.on_flag = changed, learn, notifier.flag


def introduce_lists(store: Store, sequencer: ConversationSequencer, sifting: HeldReview, survey_service: SurveyService,
                    canned_replies: CannedReplies, notifier: DeskNotifier) -> None:
    """Who hears that a list is another one."""
    store.listeners.append(notifier.lists.stored)
    sequencer.listeners.append(notifier.lists.committed)
    sifting.on_change = partial(notifier.lists.tell, "sifting")
    survey_service.on_count = partial(notifier.lists.tell, "surveys")
    canned_replies.on_change = partial(notifier.lists.tell, "canned")


def introduce_days_work(store: Store, sequencer: ConversationSequencer, work: DaysWork, actions: Actions, notifier: DeskNotifier) -> None:
    """Who hears of mentions, of what is put off, and of what is owed soon."""
    sequencer.listeners[:0] = [work.snooze_service.committed, work.mention_service.committed]  # before the desks are told who holds what
    work.mention_service.on_mention, work.mention_service.on_read = notifier.mentioned, notifier.tell
    actions.readings.mentioned = work.mention_service.waits
    store.listeners.append(work.near_cases.stored)
    work.snooze_service.on_change, work.near_cases.on_change = notifier.tell, notifier.count


def introduce_floor(sequencer: ConversationSequencer, dispatch: Dispatch, wallboard: Wallboard, remote_queues: RemoteQueueStatus,
                    broadcasts: SupervisorBroadcasts,
                    alarm_monitor: AlarmMonitor, channel_monitor: ChannelMonitor, notifier: DeskNotifier) -> None:
    """Who hears of what the floor shows."""
    sequencer.listeners += [wallboard.committed, alarm_monitor.committed]
    dispatch.on_presence = _each(dispatch.on_presence, wallboard.presence)
    dispatch.on_account = _each(dispatch.on_account, wallboard.account)
    wallboard.looked_at, wallboard.on_change, wallboard.on_renewal = notifier.floor.looked_at, notifier.floor.changed, notifier.floor.renew
    broadcasts.on_change = partial(notifier.lists.tell, "floor_messages")
    wallboard.on_tick, alarm_monitor.on_change = _each(alarm_monitor.look, remote_queues.look), partial(notifier.lists.tell, "alarms")
    remote_queues.on_change = notifier.floor.linked
    channel_monitor.on_change = _each(channel_monitor.on_change, alarm_monitor.beats)


def introduce_lending(temporary_assignments: TemporaryAssignments, overflow: OverflowRouter, sessions: Sessions, dispatch: Dispatch,
                      notifier: DeskNotifier) -> None:
    """Who hears that somebody answers other lines for a time."""
    def changed(operator: Operator) -> None:
        sessions.forget(operator.login)
        dispatch.renew(operator)
        notifier.lists.tell("floor_people")

    temporary_assignments.expects, temporary_assignments.on_change = overflow.predicted_s, changed


def introduce_settings(config: Config, settings_versions: SettingsVersions, centres: Centres, opening: Opening, dispatch: Dispatch,
                       line_retirement: LineRetirement,
                       wallboard: Wallboard, notifier: DeskNotifier) -> None:
    """Who hears that lines and hours are other ones."""
    def changed(before: Settings, after: Settings) -> None:
        now_so = configured(config, after)
        centres.renew(now_so)
        opening.renew(now_so.hours, now_so.centres())
        old = {each.id: each for each in before.queues}
        dispatch.renew_lines(each.id for each in after.queues if old.get(each.id) != each)
        line_retirement.look_soon()
        wallboard.renew(centres.groups())
        notifier.lists.tell("settings")
        notifier.settled()

    settings_versions.on_change = changed


def centre_at(sequencer: ConversationSequencer, authorization: Authorization, address: Address) -> str:
    """Whose line somebody at an address is in, or was in last; who comes anew is the hub's own centre's."""
    return authorization.centre_of(notifier.head.queue if (notifier := sequencer.cached(address)) else "")


def letters(carriers: Mapping[str, CarryingChannel]) -> str:
    """The channel that letters go out by; "" where there is none."""
    return next((name for name in sorted(carriers) if name.startswith("email.")), "")


def introduce_appointments(appointments: Appointments, notifier: DeskNotifier) -> None:
    """Who hears of appointments."""
    def changed(made: Appointment) -> None:
        appointments.appointment_maintenance.changed(made)
        appointments.appointment_notifications.changed(made)
        notifier.appointment(made)

    appointments.booking.on_change = changed


def wss(channels: Mapping[str, Channel]) -> list[str]:
    """Where the desk's telephones sign in."""
    return [address for each in channels.values() if isinstance(each, SoftphoneChannel) for address in each.exchanges]


class Closing(Protocol):
    async def close(self) -> None: ...


def close_later(stack: AsyncExitStack, *parts: Closing) -> None:
    for part in parts:
        stack.push_async_callback(part.close)


@asynccontextmanager
async def running(config: Config, now: Callable[[], datetime] = now,  # noqa: PLR0915 - the parts as they need each other
                  leading: Leading | None = None, link: Link | None = None, heart: Heartbeat = UNWATCHED) -> AsyncIterator[Hub]:
    """A hub from open store to open port; leaving it stops taking in, finishes what is under way and closes everything.

    `leading` others it is reached by their doors. `now` is its only clock; `link` is its line to other deployments, where that is not the
    configuration's.
    """
    async with AsyncExitStack() as stack:
        _tell_old_settings(config)
        russian, lease = (leading.russian, leading.lease) if leading else (Russian(), None)
        close_later(stack, store := open_store(config, russian, lease))
        if (link := link or link_of(config)) is not None:
            close_later(stack, link)
            check_reports(config, link)
        _, files, seals, register = stack.enter_context(beside(config))
        files.sweep()
        if config.store.kind != "memory":
            close_later(stack, sealing := DaySealer(store, seals, config.centre.code, ZoneInfo(config.centre.timezone), now))
            await sealing.start()
        close_later(stack, editorial := Editorial(store, now, ZoneInfo(config.centre.timezone)))
        bot = FaqBot(russian, config.centre.name, (traits := drivers.channel_traits(each.driver for each in config.channels)),
                     offices=(offices := Offices(editorial.handbook, now)))
        editorial.on_change = lambda handbook: bot.learn(knowledge_of(handbook))
        await editorial.start(lambda: content_of(config))
        publishing = Publishing(store, files, now)
        await publishing.start()
        await bring_along(config.robot, publishing)
        newest, number = await store.newest()
        stack.enter_context(closing(settings_versions := SettingsVersions(store, now, *loaded(config))))
        await settings_versions.start()
        config, lines = configured(config, settings_versions.current.settings), settings_versions.lines

        showers: dict[str, ReplayingChannel] = {}
        awaiting: dict[str, AwaitingChannel] = {}
        carriers: dict[str, CarryingChannel] = {}
        channels: dict[str, Channel] = {}
        others: dict[str, HasHealth] = {}
        if certificate := certificate_of(config.listen):
            others[HTTPS] = certificate
        counters = {name: ChannelCounters(now) for name in (*(each.driver for each in config.channels), HTTPS, SCANNER, WATCHDOG)}
        if certificate:
            certificate.on_refused, certificate.on_renewed = counters[HTTPS].failed, counters[HTTPS].recovered
        channel_monitor = stack.enter_context(closing(ChannelMonitor(channels, counters, others=others)))
        sequencer = ConversationSequencer(store, RecordIds(newest=newest), now, carriers, traits)
        close_later(stack, redeliveries := Redeliveries(
            store, now, crashed=heart.crashed, did=heart.did, does=heart.does))
        await redeliveries.start()
        others |= {WATCHDOG: redeliveries} if redeliveries.wary else {}
        code_word_service = await vouching_of(config, store, now)
        eraser = Eraser(sequencer, store, files, register, code_word_service.kept)
        await eraser.start()  # before anybody comes to what a backup has brought back
        dispatch = Dispatch(sequencer, store, Floor(), lines, config.routing.patience())
        stack.callback(dispatch.close)
        opt_outs = OptOuts(store, sequencer.carried, config.notices.words(), stop=config.notices.stop[0], start=config.notices.start[0])
        announcement_service = AnnouncementService(store, now, ROBOT, lines)
        close_later(stack, blocks := Blocklist(store, now, sequencer.traits))
        centres = Centres(config, lines)
        intake_filter = IntakeFilter(blocks, config.senders, queue=config.routing.queue, limited=config.limited,
                              centre=partial(centre_at, sequencer, centres.authorization))
        promises = PromiseWatch(sequencer, store, dispatch)
        second = SecondStep(store, keeper(config.keys), config.centre.code, config.desk.policy(), now, ceremony(config))
        sessions = Sessions(store, now, limited=config.limited, second=second, queues=lines,
                            centre=config.centre.name, leaked=leaked(config.desk.leaked), idle=config.desk.idle())
        close_later(stack, sessions.failures)
        dispatch.works = centres.authorization.works
        await (topic_tree := TopicTree(store, now, config.topics)).start()
        actions = Actions(sequencer, dispatch, store, lines, topic_tree, centres.authorization)
        promise_actions = PromiseActions(sequencer, actions)
        close_later(stack, quarantine := Quarantine(sequencer, store, files, scanner := scanner_of(config.scanner), counters[SCANNER]))
        if scanner is not None:
            others[SCANNER] = quarantine
        enclosures = enclosures_of(config, sequencer, store, files, quarantine, link, centres)
        handover_receiver = HandoverReceiver(sequencer, store, topic_tree, door=centres.door, level=centres.level, title=centres.called,
                             met=lambda address: intake.met(address),  # noqa: PLW0108 - made below, as are the next two
                             forbids=lambda *asked: overflow.forbids(*asked),  # noqa: PLW0108
                             refuses=lambda *asked: overflow.refuses(*asked),  # noqa: PLW0108
                             expect=enclosures.fetching.expect, danger=partial(danger_words, bot), robot=ROBOT)
        handover_sender = HandoverSender(sequencer, store, config.centre.code, link, handover_receiver, level=centres.level,
                                         title=centres.called,
                          expect=enclosures.fetching.expect)
        overflow = OverflowRouter(sequencer, dispatch, centres.ladder, topic_tree, promise_actions.offer_callback,
                        opening=(opening := Opening(config.hours, config.centres())), announcement_service=announcement_service,
                        handover_sender=handover_sender)
        deliveries = Deliveries(sequencer, store, carriers, counters, queue=config.routing.queue, lead=overflow.led,
                                quarantined=quarantine.quarantined)
        introduce_traces(stack, config, sequencer, deliveries, now)  # closed behind all who commit
        (recognise, transcribe), zone = speech(config.speech), ZoneInfo(config.centre.timezone)
        close_later(stack, *(schedules := schedules_of(config.booking)).values())
        booking = booking_of(config, store, centres, numbers := await numbers_of(config, store), sequencer, schedules, editorial.handbook())
        verification_service, systems = VerificationService(sequencer, store), systems_of(config, store, now)
        application_status, status_asking = status_of(config, sequencer, store, systems, verification_service, code_word_service,
                                                      centres.federal_policy,
                                             lambda start: linking.held(start),  # noqa: PLW0108 - made below, as is the other
                                             lambda head: proving.subject(head) if proving else "", intake_filter.network)
        times = SelfBooking(booking, sequencer, lambda queue: centres.authorization.line(queue).centre, centres.clocks)
        house = house_of(russian, bot, centres.mfcs, lambda: now().astimezone(zone).date(), times, offices, status_asking)
        talker = await stack.enter_async_context(talking(config.robot, russian, bot, publishing, house))
        close_later(stack, ears := SpeechToText(files, recognise))
        following = CaseTracking(store, now, intake_filter.network)
        close_later(stack, following.failures)
        visits = visits_of(booking, following, sequencer, centres.authorization)
        statuses, case_pages = statuses_of(config, following, centres, visits, named := whither(centres, editorial.handbook))
        reactions = Reactions(sequencer, store, bot, talker, showers=showers, awaiting=awaiting, deliveries=deliveries, robot=ROBOT,
                      queue=config.routing.queue, announcement_service=announcement_service, opt_outs=opt_outs, speech_to_text=ears,
                      asks=(statuses, visits, status_asking), register=lambda *told: cases.case_registration.by_robot(*told),  # noqa: PLW0108 - as below
                      csat_service=(quality := quality_of(config, sequencer, store, opt_outs, centres, zone,
                                                          Teaching(russian).masked)).csat_service,
                      lead=overflow.led, redeliveries=redeliveries, yields=intake_filter.yields, letters=lambda: flagging,
                      afar=handover_sender.tell)
        reach: Reach = lambda address: intake.reach(address)  # noqa: E731, PLW0108 - the intake needs the desk, which needs these two
        notification_sender = NotificationSender(sequencer, store, deliveries, opt_outs, zones=centres.clocks, hours=config.notices.hours(),
                                                 reach=reach)
        linking, ringer, transcripts, retention = (
            AddressLinking(sequencer, actions, store, centres.federal_policy, verification_service, carriers, reach),
            OfferRinger(sequencer, dispatch, actions, channels),
            Transcripts(sequencer, store, files, transcribe),
            Retention(retention_policies(config.retention.terms(), sequencer, store, files, eraser, centres.federal_policy,
                            config.retention.cases(zone))))
        wrap_up = stack.enter_context(closing(WrapUp(dispatch, channels, now, config.routing.wrap_up_s)))
        outbound_calls = OutboundCalls(sequencer, store, dispatch, actions, promise_actions, channels, zones=centres.clocks,
                                       hours=config.notices.hours(),
                          met=lambda address: intake.met(address))  # noqa: PLW0108 - as above
        sifting = HeldReview(sequencer, store, actions, intake_filter, config.routing.queue)
        sequencer.listeners.append(sifting.committed)
        passing = CentreTransfer(sequencer, actions, centres.ladder, topic_tree, handover_sender)
        consulting, supervision = others_in_talks(config, sequencer, store, dispatch, actions, channels, passing, centres)
        department_handover = DepartmentHandover(sequencer, store, actions, passing, systems, topic_tree)
        cases = await cases_of(config, sequencer, store, actions, topic_tree, following, numbers, centres, link, named,
                               dispatch.name)
        complaints = complaints_of(config, store, cases, notification_sender, lambda: letters(carriers), editorial.handbook, now)
        appointments = appointments_of(config, sequencer, store, files, actions, booking, following, notification_sender, centres,
                                       schedules)
        script_runner = await scripts_of(config, sequencer, store, actions, topic_tree)
        await systems.start()
        flagging = OutdatedInfoReports(store, editorial, cases.case_registration, topic_tree, notification_sender,
                                       lambda: letters(carriers), config.routing.queue)
        rights = rights_of(config, centres, sequencer, store, files, actions, linking, opt_outs, eraser, deliveries, quarantine,
                           visits, application_status)
        workshop = Workshop(russian, house, bot.steers)
        drafts = Drafts(store, files, publishing, workshop, now)
        close_later(stack, training_jobs := TrainingJobs(drafts, publishing, workshop, store, now))
        close_later(stack, rights.deleting, rights.answering, rights.demands, supervision, transcripts, retention, promises, overflow,
                    deliveries, reactions, notification_sender, linking, ringer, outbound_calls, cases.case_notifications, cases.clocks,
                    cases.entrusting,
                    complaints.referring, appointments.appointment_notifications, appointments.appointment_maintenance,
                    appointments.external_sync, department_handover, handover_sender,
                    enclosures.fetching, enclosures.serving, flagging,
                    systems, webhooks := publicity_of(config, store, now), catalogues := catalogues_of(config, editorial, store, now))
        centre = Centre(config.centre.name, lines, topic_tree, config.listen.https,
                        config.centre.timezone, centres.names, config.oidc.title if config.oidc.issuer else "", config.oidc.rules)
        days, teaching = Days(store, lines, config.centre.code, zone, now), Teaching(russian)
        reporting = Reporting(store, days)
        close_later(stack, day_reports := StatisticsReplication(store, reporting, config.centre.code, link, config.link.reports_to))
        close_later(stack, article_replication := ArticleReplication(store, editorial, config.centre.code, link, now, over=centres.over,
                                                                     level=centres.level,
                                              knows=lambda topic: topic in topic_tree))
        editorial.on_publish = article_replication.published
        handover_sender.others |= {STATISTICS: day_reports.hear, KNOWLEDGE: article_replication.hear, **cases.entrusting.kinds}
        robot_days = RobotDays(store, days, teaching.said)
        survey_service, survey_pages = surveys_of(config, sequencer, store, notification_sender, centres.authorization,
                                                  rights.consent_service, teaching.masked, lines)
        close_later(stack, survey_service)
        close_later(stack, quality.book, quality.sampling, quality.csat_service)
        close_later(stack, line_retirement := LineRetirement(sequencer, store, lines, partial(store.count, Case, "home")))
        settings_versions.in_use = line_retirement.in_use
        canned_replies = CannedReplies(store, now, centres.authorization, lines, topic_tree)
        await canned_replies.start()

        async def read_anew() -> None:
            await asyncio.gather(topic_tree.start(), announcement_service.start(), canned_replies.start())
            canned_replies.on_change("")
            notifier.settled()
        settings_transfer = SettingsTransfer(store, now, settings_versions, config.centre.code, read_anew)
        days_work = DaysWork(MentionService(sequencer, store, actions), SnoozeService(sequencer, store, actions), promises,
                             DueSoonCounters(store, now, lines), partial(opening.morning, zone=zone))
        close_later(stack, days_work.snooze_service, days_work.near_cases)
        close_later(stack, wallboard := Wallboard(dispatch, days, centres.groups(), now))
        close_later(stack, remote_queues := RemoteQueueStatus(wallboard, config.centre.code, link, now, over=centres.over,
                                                              title=centres.called))
        handover_sender.expects = remote_queues.expected_s
        close_later(stack, alarm_monitor := AlarmMonitor(store, now, centres.authorization, wallboard, lines, opening))
        await (broadcasts := SupervisorBroadcasts(store, now, centres.authorization, dispatch, wallboard.groups)).start()
        close_later(stack, temporary_assignments := TemporaryAssignments(store, now, centres.authorization, dispatch, lines,
                                                                         sessions.amending))
        scheduled_reports = ScheduledReports(store, now, centres.authorization, days, zone, who=dispatch.operator, channels=channels,
                                             warn=broadcasts.tell,
                                 allowed=config.reports.to)
        close_later(stack, scheduled_reports)
        desk = Desk(centre, store=store, files=files, sequencer=sequencer, dispatch=dispatch, actions=actions, sessions=sessions, bot=bot,
                    promise_actions=promise_actions, outbound_calls=outbound_calls, wrap_up=wrap_up, consulting=consulting,
                    supervision=supervision,
                    passing=passing, department_handover=department_handover, handover_sender=handover_sender, linking=linking,
                    quarantine=quarantine,
                    outbound_attachments=OutboundAttachments(store, actions, quarantine, partial(let_in, files), carried=sequencer.carried,
                                        level=centres.level, code=config.centre.code),
                    places=centres.places, federal_policy=centres.federal_policy, contractors=centres.contractors,
                    announcement_service=announcement_service, notification_sender=notification_sender,
                    reporting=reporting, channels=channels, channel_monitor=channel_monitor,
                    publishing=publishing, drafts=drafts, training_jobs=training_jobs, workshop=workshop, robot_days=robot_days,
                    phrase_labelling=PhraseLabelling(store, robot_days, teaching, drafts, publishing, workshop, now), sifting=sifting,
                    rights=rights,
                    cases=cases, complaints=complaints, script_runner=script_runner, systems=systems, editorial=editorial,
                    catalogues=catalogues,
                    appointments=appointments, webhooks=webhooks, flagging=flagging, application_status=application_status,
                    survey_service=survey_service,
                    canned_replies=canned_replies, days_work=days_work, wallboard=wallboard, remote_queues=remote_queues,
                    broadcasts=broadcasts,
                    temporary_assignments=temporary_assignments, scheduled_reports=scheduled_reports, alarm_monitor=alarm_monitor,
                    quality=quality,
                    settings_versions=settings_versions, settings_transfer=settings_transfer,
                    channel_checks=(channel_checks := ChannelChecks(channels, store, now)), now=now)
        scheduled_reports.compose = partial(composed, desk)
        close_later(stack, notifier := DeskNotifier(desk, channels))
        channel_checks.on_change = notifier.channels
        proving = await citizens_accounts(stack, config, sequencer, store, centres.federal_policy, verification_service, linking)
        open311 = open311_of(config, sequencer, store, actions, cases, lambda address: intake.met(address),  # noqa: PLW0108 - as below
                             desk.services.who, lines)
        intake = MessageIntake(sequencer, store, bot, talker, TicketNumbers(config.centre.code, number, zone), robot=ROBOT,
                           queue=config.routing.queue, announcement_service=announcement_service,
                           promise=partial(promise_actions.offer_callback, gone=True),
                           keeps=timedelta(seconds=config.routing.redial_s), told=centres.federal_policy.kept,
                           opt_outs=opt_outs, speech_to_text=ears, standing=dispatch.standing, typing=notifier.citizen_typing,
                           seen=notifier.citizen_saw,
                           delivered=deliveries.delivered, recorded=CallRecordings(sequencer, store, files, transcripts.owe).keep,
                           stirred=notifier.tell, talks=consulting, phoned=outbound_calls.phoned, guard=quarantine,
                           proofs=proving or NoVerification(),
                           intake_filter=intake_filter, redeliveries=redeliveries, files=files,
                           subject=rights.data, asks=reactions.asks, awaits=reactions.awaits, hides=reactions.hides,
                           grades=quality.csat_service)

        channels |= {each.driver: connect(each, intake, store, files, limited=config.limited) for each in config.channels}
        showers |= {name: channel for name, channel in channels.items() if isinstance(channel, ReplayingChannel)}
        awaiting |= {name: channel for name, channel in channels.items() if isinstance(channel, AwaitingChannel)}
        carriers |= {name: channel for name, channel in channels.items() if isinstance(channel, CarryingChannel)}

        introduce(sequencer, dispatch, sessions, announcement_service, notifier, reactions, overflow, promises, notification_sender,
                  linking, channel_monitor, ringer, outbound_calls,
                  wrap_up)
        introduce_others(sequencer, actions, consulting, supervision, notifier)
        rights.demands.on_change, actions.readings.demanded = notifier.demanded, rights.demands.waits
        actions.readings.mask = teaching.ordinary
        sequencer.listeners += [rights.deleting.committed, quality.book.committed, quality.csat_service.committed]
        actions.readings.reviewed = lambda who, talk: quality.book.ground(who, talk) or quality.calibrating.ground(who, talk)
        sequencer.listeners.insert(0, quarantine.committed)
        introduce_enclosures(enclosures, sequencer, quarantine, handover_sender, notifier, deliveries)
        await quarantine.start()
        introduce_complaints(complaints, notification_sender, notifier)
        introduce_handbook(editorial, flagging, bot, notifier)
        introduce_appointments(appointments, notifier)
        introduce_cases(cases, notifier, webhooks)
        introduce_days_work(store, sequencer, days_work, actions, notifier)
        introduce_floor(sequencer, dispatch, wallboard, remote_queues, broadcasts, alarm_monitor, channel_monitor, notifier)
        introduce_lending(temporary_assignments, overflow, sessions, dispatch, notifier)
        introduce_lists(store, sequencer, sifting, survey_service, canned_replies, notifier)
        introduce_settings(config, settings_versions, centres, opening, dispatch, line_retirement, wallboard, notifier)
        sequencer.listeners.append(line_retirement.committed)
        editorial.on_change = _each(editorial.on_change, partial(follow, config.booking, appointments))
        script_runner.on_change = notifier.walk
        publishing.on_publish = _each(talker.warm, notifier.robot)
        drafts.on_change = training_jobs.on_change = notifier.robot
        await training_jobs.start()
        await flagging.start()  # what is owed to it is not the robot's
        await alarm_monitor.start()
        await take_over(store, announcement_service, dispatch, promises, overflow, opt_outs, reactions, notification_sender, wrap_up,
                        wallboard, alarm_monitor)
        await line_retirement.look()
        settings_versions.look()
        await asyncio.gather(sessions.emergency.start(), blocks.start(), sifting.start())
        await asyncio.gather(rights.consent_service.start(), rights.demands.start())
        await asyncio.gather(days_work.mention_service.start(), days_work.snooze_service.start(), days_work.near_cases.start(),
                             temporary_assignments.start())
        await rights.deleting.start()
        await asyncio.gather(verification_service.forget(), linking.start(), outbound_calls.start(), supervision.start(),
                             transcripts.start(), retention.start(),
                             cases.case_notifications.start(), cases.clocks.start(), complaints.referring.start(), cases.entrusting.start())
        await appointments.appointment_maintenance.start()
        await appointments.appointment_notifications.start()
        appointments.external_sync.start()
        department_handover.look()  # nobody waits for other centres
        await enclosures.fetching.start()
        await handover_sender.start()
        day_reports.start()
        article_replication.start()
        await webhooks.start()
        await survey_service.start()
        for part in (quality.book, quality.sampling, quality.csat_service, quality.calibrating):
            await part.start()
        await scheduled_reports.start()
        channel_monitor.start()
        alarm_monitor.beats(channel_monitor.beats())

        heart.up()  # all is read: what takes the loop from now on is somebody's words
        await stack.enter_async_context(working(channels, intake, counters))
        sso = SingleSignOn(desk, await stack.enter_async_context(directory(config))) if config.oidc.issuer else None
        routes = [*desk_routes(desk, notifier), *case_pages.routes(), *survey_pages.routes(),
                  *(open311.routes() if open311 else ()), *(sso.routes() if sso else ()),
                  *outside([*(ProofPages(proving, limited=config.limited).routes() if proving else ()),
                            *(route for c in channels.values() if isinstance(c, Mounted) for route in c.routes())])]
        certificates = all_certificates(certificate, channels.values())
        counts = {"okno_unsendable": deliveries.unsendable, "okno_passed": overflow.passed,
                  "okno_passed_refused": handover_receiver.refused,
                  "okno_passed_returned": handover_sender.returned}
        metrics = Metrics(store, sequencer, promises, channels, lambda: {each: overflow.predicted_s(each) for each in lines},
                          counts, channel_monitor, talker.understood, sessions.emergency, sifting, certificates,
                          quarantine, lambda: cases.clocks.overdue, lambda: {each: wallboard.line(each) for each in lines},
                          leading.lease.term if leading else 0, heart.stalls, redeliveries)
        application = web_application(
            routes, metrics, store, config.listen, exchanges=wss(channels), inside=leading.inside if leading else None)
        if leading is not None:
            place = replace(config.listen, host=leading.host, port=leading.port)
            address = await leading.outlasting.enter_async_context(serve(application, place, leading.key))
        else:
            address = await stack.enter_async_context(serve(application, config.listen, certificate.context if certificate else None))
            await stack.enter_async_context(redirecting(config.listen, config.desk.origin))
        reactions.catch_up()
        try:
            yield Hub(address, await first_operator(store, sessions, config), store, certificates)
        finally:
            if leading is not None:
                await leading.inside.close()
            await channel_checks.close()
            await reactions.stop_talking()  # else whatever is said at once would hold up the end
            # Whoever is told to come back does so at once, and finds the next process or tries again.
            await asyncio.gather(notifier.close(), *(channel.close() for channel in channels.values()))
