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
    try:
        keys: Keys = import_module(f"storage.keys.{settings.keeper}").connect(settings.settings)
    except ModuleNotFoundError as error:
        missing = error.name != f"storage.keys.{settings.keeper}"
        message = f"keys: the keeper {settings.keeper} needs {error.name}: pip install 'okno[{settings.keeper}]'" if missing else (
            f"keys: there is no keeper {settings.keeper!r}")
        raise ConfigError(message) from error
    except msgspec.ValidationError as error:
        message = f"keys: {settings.keeper}: {error}"
        raise ConfigError(message) from error
    return keys


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
    try:
        scanner: Scanner = import_module(f"storage.scanners.{settings.driver}").connect(settings.settings)
    except ModuleNotFoundError as error:
        message = f"scanner: there is no driver {settings.driver!r}"
        raise ConfigError(message) from error
    except msgspec.ValidationError as error:
        message = f"scanner: {settings.driver}: {error}"
        raise ConfigError(message) from error
    return scanner


def _tell_old_settings(config: Config) -> None:
    for notice in old_proxy_settings(config):
        log.warning("an old setting is in the configuration", extra={"which": notice})


def connect(settings: ChannelSettings, intake: Intake, store: Store, files: Files, *, limited: bool) -> Channel:
    """A channel by its driver's name: "web.chat" is channels/web/chat.py."""
    try:
        driver = import_module(f"channels.{settings.driver}")
    except ModuleNotFoundError as error:
        message = f"channels: there is no driver {settings.driver!r}"
        raise ConfigError(message) from error
    try:
        channel: Channel = driver.connect(settings.own(), intake, store, files, limited=limited)
    except msgspec.ValidationError as error:
        message = f"channels: {settings.driver}: {error}"
        raise ConfigError(message) from error
    return channel


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


def introduce_traces(stack: AsyncExitStack, config: Config, lanes: ConversationSequencer, deliveries: Deliveries, now: Callable[[], datetime]) -> None:
    """Who hears what took how long. Raises ConfigError."""
    if config.traces.endpoint:
        close_later(stack, traces := tracing().Traces(config.traces, config.centre.code, now))
        lanes.listeners.append(traces.committed)
        deliveries.on_sent = traces.sent


async def citizens_accounts(stack: AsyncExitStack, config: Config, lanes: ConversationSequencer, store: Store, separation: FederalDataPolicy,
                            verifying: VerificationService, joining: AddressLinking) -> EsiaVerification | None:
    """How citizens prove by ЕСИА who they are; None where they cannot. Its libraries are for whoever has it."""
    if not config.esia.address:
        return None
    made: AbstractAsyncContextManager[CitizenAccounts] = import_module("okno.adapters.esia").connected(config.esia)
    proving = EsiaVerification(lanes, store, separation, verifying, joining, await stack.enter_async_context(made),
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


async def take_over(store: Store, informer: AnnouncementService, dispatch: Dispatch, promises: PromiseWatch, relief: OverflowRouter, opt_outs: OptOuts,
                    turns: Reactions, outreach: NotificationSender, wrap_up: WrapUp, wallboard: Wallboard, alarming: AlarmMonitor) -> None:
    """Go on where the last run of the hub stopped."""
    held, waiting = await store.held(""), await store.waiting((), limit=EVERYTHING)
    await informer.start()
    await dispatch.start(held, waiting)
    wrap_up.start(held)
    heads = [*held, *waiting, *await store.promised(limit=EVERYTHING)]
    wallboard.start(heads)
    alarming.watch(heads)
    await promises.start(held)
    relief.start(held, waiting)
    await opt_outs.start()
    await turns.start()
    await outreach.start()


@asynccontextmanager
async def working(channels: Mapping[str, Channel], intake: Intake, vitals: Mapping[str, ChannelCounters]) -> AsyncIterator[None]:
    """Takes in what carriers bring, and has the others do their work, until it is left."""
    async with asyncio.TaskGroup() as group:
        works: dict[str, Callable[[], Awaitable[None]]] = {
            name: partial(pump, channel, intake) for name, channel in channels.items() if isinstance(channel, CarryingChannel)}
        works |= {name: channel.work for name, channel in channels.items() if isinstance(channel, BackgroundChannel)}
        tasks = [group.create_task(keep_going(name, work, vitals[name])) for name, work in works.items()]
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


def introduce(lanes: ConversationSequencer, dispatch: Dispatch, sessions: Sessions, informer: AnnouncementService, live: DeskNotifier, turns: Reactions, relief: OverflowRouter,
              promises: PromiseWatch, outreach: NotificationSender, joining: AddressLinking, pulse: ChannelMonitor, bell: OfferRinger, calling: OutboundCalls,
              wrap_up: WrapUp) -> None:
    """Who hears of what."""
    lanes.listeners += [turns.committed, wrap_up.committed, dispatch.committed, relief.committed, promises.committed,
                        outreach.committed, live.committed, joining.committed, pulse.committed, calling.committed]
    dispatch.expects = relief.predicted_s
    dispatch.on_offer, dispatch.on_moved = _each(bell.offer, live.offer, relief.offer), live.moved
    dispatch.on_presence = _each(wrap_up.presence, live.presence, promises.presence, relief.presence)
    calling.on_talked = wrap_up.begin
    dispatch.on_account, dispatch.on_lost, sessions.on_end, relief.on_wait = live.renew, live.tell, live.signed_out, live.wait
    sessions.emergency.on_use = live.glass
    promises.on_stage, informer.on_change, outreach.on_change = live.stage, live.announced, live.noticed
    joining.on_change, pulse.on_change = live.joined, live.beats


def others_in_talks(config: Config, lanes: ConversationSequencer, store: Store, dispatch: Dispatch, actions: Actions,
                    channels: Mapping[str, Channel], passing: CentreTransfer, centres: Centres) -> tuple[ConsultTransfer, SupervisorMonitoring]:
    """Whom operators ask, and who listens to them."""
    return (ConsultTransfer(lanes, store, dispatch, actions, channels, config.directory, passing, centres.outside),
            SupervisorMonitoring(lanes, store, actions, channels, shown=config.talks.listeners_shown))


def introduce_others(lanes: ConversationSequencer, actions: Actions, consulting: ConsultTransfer, seniors: SupervisorMonitoring, live: DeskNotifier) -> None:
    """Who hears of those who take part in talks."""
    lanes.listeners.append(seniors.committed)
    actions.readings.asked = seniors.asked
    consulting.on_change = seniors.on_change = live.tell
    seniors.on_ask = live.senior


def introduce_cases(cases: Cases, live: DeskNotifier, publicity: WebhookDispatcher) -> None:
    """Who hears of registered cases."""
    def changed(case: Case) -> None:
        cases.clocks.look()
        cases.entrusting.look()
        live.case(case)
        publicity.look()

    cases.registering.on_change = cases.work.on_change = changed
    cases.clocks.on_alarm = live.case_alarm


def introduce_complaints(complaints: Complaints, outreach: NotificationSender, live: DeskNotifier) -> None:
    """Who hears of what goes to authorities."""
    outreach.on_change = _each(live.noticed, complaints.referring.noticed)
    complaints.referring.on_alarm, complaints.referring.on_change = live.referral_alarm, live.case
    complaints.advising.on_change = live.advised


def introduce_handbook(editing: Editorial, flagging: OutdatedInfoReports, bot: FaqBot, live: DeskNotifier) -> None:
    """Who hears of what holds, and of what is doubted."""
    def learn() -> None:
        bot.learn(knowledge_of(editing.handbook(), doubted(flagging.open)))

    def changed(_: KnowledgeSnapshot) -> None:
        learn()
        flagging.published()

    editing.on_change, flagging.on_change, flagging.on_flag = changed, learn, live.flag


def introduce_lists(store: Store, lanes: ConversationSequencer, sifting: HeldReview, surveying: SurveyService, canning: CannedReplies, live: DeskNotifier) -> None:
    """Who hears that a list is another one."""
    store.listeners.append(live.lists.stored)
    lanes.listeners.append(live.lists.committed)
    sifting.on_change = partial(live.lists.tell, "sifting")
    surveying.on_count = partial(live.lists.tell, "surveys")
    canning.on_change = partial(live.lists.tell, "canned")


def introduce_days_work(store: Store, lanes: ConversationSequencer, work: DaysWork, actions: Actions, live: DeskNotifier) -> None:
    """Who hears of mentions, of what is put off, and of what is owed soon."""
    lanes.listeners[:0] = [work.snoozing.committed, work.mentioning.committed]  # before the desks are told who holds what
    work.mentioning.on_mention, work.mentioning.on_read, actions.readings.mentioned = live.mentioned, live.tell, work.mentioning.waits
    store.listeners.append(work.near_cases.stored)
    work.snoozing.on_change, work.near_cases.on_change = live.tell, live.count


def introduce_floor(lanes: ConversationSequencer, dispatch: Dispatch, wallboard: Wallboard, far_floors: RemoteQueueStatus, floor_mail: SupervisorBroadcasts,
                    alarming: AlarmMonitor, pulse: ChannelMonitor, live: DeskNotifier) -> None:
    """Who hears of what the floor shows."""
    lanes.listeners += [wallboard.committed, alarming.committed]
    dispatch.on_presence = _each(dispatch.on_presence, wallboard.presence)
    dispatch.on_account = _each(dispatch.on_account, wallboard.account)
    wallboard.looked_at, wallboard.on_change, wallboard.on_renewal = live.floor.looked_at, live.floor.changed, live.floor.renew
    floor_mail.on_change = partial(live.lists.tell, "floor_messages")
    wallboard.on_tick, alarming.on_change = _each(alarming.look, far_floors.look), partial(live.lists.tell, "alarms")
    far_floors.on_change = live.floor.linked
    pulse.on_change = _each(pulse.on_change, alarming.beats)


def introduce_lending(lending: TemporaryAssignments, relief: OverflowRouter, sessions: Sessions, dispatch: Dispatch, live: DeskNotifier) -> None:
    """Who hears that somebody answers other lines for a time."""
    def changed(operator: Operator) -> None:
        sessions.forget(operator.login)
        dispatch.renew(operator)
        live.lists.tell("floor_people")

    lending.expects, lending.on_change = relief.predicted_s, changed


def introduce_settings(config: Config, settling: SettingsVersions, centres: Centres, opening: Opening, dispatch: Dispatch, emptying: LineRetirement,
                       wallboard: Wallboard, live: DeskNotifier) -> None:
    """Who hears that lines and hours are other ones."""
    def changed(before: Settings, after: Settings) -> None:
        now_so = configured(config, after)
        centres.renew(now_so)
        opening.renew(now_so.hours, now_so.centres())
        old = {each.id: each for each in before.queues}
        dispatch.renew_lines(each.id for each in after.queues if old.get(each.id) != each)
        emptying.look_soon()
        wallboard.renew(centres.groups())
        live.lists.tell("settings")
        live.settled()

    settling.on_change = changed


def centre_at(lanes: ConversationSequencer, admission: Authorization, address: Address) -> str:
    """Whose line somebody at an address is in, or was in last; who comes anew is the hub's own centre's."""
    return admission.centre_of(lane.head.queue if (lane := lanes.cached(address)) else "")


def letters(carriers: Mapping[str, CarryingChannel]) -> str:
    """The channel that letters go out by; "" where there is none."""
    return next((name for name in sorted(carriers) if name.startswith("email.")), "")


def introduce_appointments(appointments: Appointments, live: DeskNotifier) -> None:
    """Who hears of appointments."""
    def changed(made: Appointment) -> None:
        appointments.upkeep.changed(made)
        appointments.inviting.changed(made)
        live.appointment(made)

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
        close_later(stack, editing := Editorial(store, now, ZoneInfo(config.centre.timezone)))
        bot = FaqBot(russian, config.centre.name, offices=(offices := Offices(editing.handbook, now)))
        editing.on_change = lambda handbook: bot.learn(knowledge_of(handbook))
        await editing.start(lambda: content_of(config))
        publishing = Publishing(store, files, now)
        await publishing.start()
        await bring_along(config.robot, publishing)
        newest, number = await store.newest()
        stack.enter_context(closing(settling := SettingsVersions(store, now, *loaded(config))))
        await settling.start()
        config, lines = configured(config, settling.current.settings), settling.lines

        showers: dict[str, ReplayingChannel] = {}
        awaiting: dict[str, AwaitingChannel] = {}
        carriers: dict[str, CarryingChannel] = {}
        channels: dict[str, Channel] = {}
        others: dict[str, HasHealth] = {}
        if certificate := certificate_of(config.listen):
            others[HTTPS] = certificate
        vitals = {name: ChannelCounters(now) for name in (*(each.driver for each in config.channels), HTTPS, SCANNER, WATCHDOG)}
        if certificate:
            certificate.on_refused, certificate.on_renewed = vitals[HTTPS].failed, vitals[HTTPS].recovered
        pulse = stack.enter_context(closing(ChannelMonitor(channels, vitals, others=others)))
        lanes = ConversationSequencer(store, RecordIds(newest=newest), now, carriers)
        close_later(stack, redeliveries := Redeliveries(
            store, now, crashed=heart.crashed, did=heart.did, does=heart.does))
        await redeliveries.start()
        others |= {WATCHDOG: redeliveries} if redeliveries.wary else {}
        vouching = await vouching_of(config, store, now)
        erasing = Eraser(lanes, store, files, register, vouching.kept)
        await erasing.start()  # before anybody comes to what a backup has brought back
        dispatch = Dispatch(lanes, store, Floor(), lines, config.routing.patience())
        stack.callback(dispatch.close)
        opt_outs = OptOuts(store, lanes.carried, config.notices.words(), stop=config.notices.stop[0], start=config.notices.start[0])
        informer = AnnouncementService(store, now, ROBOT, lines)
        close_later(stack, blocks := Blocklist(store, now))
        centres = Centres(config, lines)
        screening = IntakeFilter(blocks, config.senders, queue=config.routing.queue, limited=config.limited,
                              centre=partial(centre_at, lanes, centres.admission))
        promises = PromiseWatch(lanes, store, dispatch)
        second = SecondStep(store, keeper(config.keys), config.centre.code, config.desk.policy(), now, ceremony(config))
        sessions = Sessions(store, now, limited=config.limited, second=second, queues=lines,
                            centre=config.centre.name, leaked=leaked(config.desk.leaked), idle=config.desk.idle())
        close_later(stack, sessions.failures)
        dispatch.works = centres.admission.works
        await (classifier := TopicTree(store, now, config.topics)).start()
        actions = Actions(lanes, dispatch, store, lines, classifier, centres.admission)
        keeping = PromiseActions(lanes, actions)
        close_later(stack, quarantine := Quarantine(lanes, store, files, scanner := scanner_of(config.scanner), vitals[SCANNER]))
        if scanner is not None:
            others[SCANNER] = quarantine
        enclosures = enclosures_of(config, lanes, store, files, quarantine, link, centres)
        taking_in = HandoverReceiver(lanes, store, classifier, door=centres.door, level=centres.level, title=centres.called,
                             met=lambda address: intake.met(address),  # noqa: PLW0108 - made below, as are the next two
                             forbids=lambda *asked: relief.forbids(*asked),  # noqa: PLW0108
                             refuses=lambda *asked: relief.refuses(*asked),  # noqa: PLW0108
                             expect=enclosures.fetching.expect, danger=partial(danger_words, bot), robot=ROBOT)
        handing = HandoverSender(lanes, store, config.centre.code, link, taking_in, level=centres.level, title=centres.called,
                          expect=enclosures.fetching.expect)
        relief = OverflowRouter(lanes, dispatch, centres.ladder, classifier, keeping.offer_callback,
                        opening=(opening := Opening(config.hours, config.centres())), informer=informer, handing=handing)
        deliveries = Deliveries(lanes, store, carriers, vitals, queue=config.routing.queue, lead=relief.led,
                                quarantined=quarantine.quarantined)
        introduce_traces(stack, config, lanes, deliveries, now)  # closed behind all who commit
        (recognise, transcribe), zone = speech(config.speech), ZoneInfo(config.centre.timezone)
        close_later(stack, *(schedules := schedules_of(config.booking)).values())
        booking = booking_of(config, store, centres, numbers := await numbers_of(config, store), lanes, schedules, editing.handbook())
        verifying, systems = VerificationService(lanes, store), systems_of(config, store, now)
        standings, status_asking = status_of(config, lanes, store, systems, verifying, vouching, centres.separation,
                                             lambda start: joining.held(start),  # noqa: PLW0108 - made below, as is the other
                                             lambda head: proving.subject(head) if proving else "", screening.network)
        times = SelfBooking(booking, lanes, lambda queue: centres.admission.line(queue).centre, centres.clocks)
        house = house_of(russian, bot, centres.mfcs, lambda: now().astimezone(zone).date(), times, offices, status_asking)
        talker = await stack.enter_async_context(talking(config.robot, russian, bot, publishing, house))
        close_later(stack, ears := SpeechToText(files, recognise))
        following = CaseTracking(store, now, screening.network)
        close_later(stack, following.failures)
        visits = visits_of(booking, following, lanes, centres.admission)
        statuses, case_pages = statuses_of(config, following, centres, visits, named := whither(centres, editing.handbook))
        turns = Reactions(lanes, store, bot, talker, showers=showers, awaiting=awaiting, deliveries=deliveries, robot=ROBOT,
                      queue=config.routing.queue, informer=informer, opt_outs=opt_outs, hearing=ears,
                      asks=(statuses, visits, status_asking), register=lambda *told: cases.registering.by_robot(*told),  # noqa: PLW0108 - as below
                      grading=(quality := quality_of(config, lanes, store, opt_outs, centres, zone, Teaching(russian).masked)).grading,
                      lead=relief.led, redeliveries=redeliveries, yields=screening.yields, letters=lambda: flagging, afar=handing.tell)
        reach: Reach = lambda address: intake.reach(address)  # noqa: E731, PLW0108 - the intake needs the desk, which needs these two
        outreach = NotificationSender(lanes, store, deliveries, opt_outs, zones=centres.clocks, hours=config.notices.hours(), reach=reach)
        joining, bell, transcripts, retention = (
            AddressLinking(lanes, actions, store, centres.separation, verifying, carriers, reach), OfferRinger(lanes, dispatch, actions, channels),
            Transcripts(lanes, store, files, transcribe),
            Retention(retention_policies(config.retention.terms(), lanes, store, files, erasing, centres.separation,
                            config.retention.cases(zone))))
        wrap_up = stack.enter_context(closing(WrapUp(dispatch, channels, now, config.routing.wrap_up_s)))
        calling = OutboundCalls(lanes, store, dispatch, actions, keeping, channels, zones=centres.clocks, hours=config.notices.hours(),
                          met=lambda address: intake.met(address))  # noqa: PLW0108 - as above
        sifting = HeldReview(lanes, store, actions, screening, config.routing.queue)
        lanes.listeners.append(sifting.committed)
        passing = CentreTransfer(lanes, actions, centres.ladder, classifier, handing)
        consulting, seniors = others_in_talks(config, lanes, store, dispatch, actions, channels, passing, centres)
        relaying = DepartmentHandover(lanes, store, actions, passing, systems, classifier)
        cases = await cases_of(config, lanes, store, actions, classifier, following, numbers, centres, link, named,
                               dispatch.name)
        complaints = complaints_of(config, store, cases, outreach, lambda: letters(carriers), editing.handbook, now)
        appointments = appointments_of(config, lanes, store, files, actions, booking, following, outreach, centres, schedules)
        walking = await scripts_of(config, lanes, store, actions, classifier)
        await systems.start()
        flagging = OutdatedInfoReports(store, editing, cases.registering, classifier, outreach, lambda: letters(carriers), config.routing.queue)
        rights = rights_of(config, centres, lanes, store, files, actions, joining, opt_outs, erasing, deliveries, quarantine,
                           visits, standings)
        workshop = Workshop(russian, house, bot.steers)
        drafts = Drafts(store, files, publishing, workshop, now)
        close_later(stack, workbench := TrainingJobs(drafts, publishing, workshop, store, now))
        close_later(stack, rights.deleting, rights.answering, rights.demands, seniors, transcripts, retention, promises, relief,
                    deliveries, turns, outreach, joining, bell, calling, cases.telling, cases.clocks, cases.entrusting,
                    complaints.referring, appointments.inviting, appointments.upkeep, appointments.attendance, relaying, handing,
                    enclosures.fetching, enclosures.serving, flagging,
                    systems, publicity := publicity_of(config, store, now), catalogues := catalogues_of(config, editing, store, now))
        centre = Centre(config.centre.name, lines, classifier, config.listen.https,
                        config.centre.timezone, centres.names, config.oidc.title if config.oidc.issuer else "", config.oidc.rules)
        days, teaching = Days(store, lines, config.centre.code, zone, now), Teaching(russian)
        reporting = Reporting(store, days)
        close_later(stack, day_reports := StatisticsReplication(store, reporting, config.centre.code, link, config.link.reports_to))
        close_later(stack, sharing := ArticleReplication(store, editing, config.centre.code, link, now, over=centres.over, level=centres.level,
                                              knows=lambda topic: topic in classifier))
        editing.on_publish = sharing.published
        handing.others |= {STATISTICS: day_reports.hear, KNOWLEDGE: sharing.hear, **cases.entrusting.kinds}
        robot_days = RobotDays(store, days, teaching.said)
        surveying, survey_pages = surveys_of(config, lanes, store, outreach, centres.admission, rights.consenting, teaching.masked, lines)
        close_later(stack, surveying)
        close_later(stack, quality.book, quality.sampling, quality.grading)
        close_later(stack, emptying := LineRetirement(lanes, store, lines, partial(store.count, Case, "home")))
        settling.in_use = emptying.in_use
        canning = CannedReplies(store, now, centres.admission, lines, classifier)
        await canning.start()

        async def read_anew() -> None:
            await asyncio.gather(classifier.start(), informer.start(), canning.start())
            canning.on_change("")
            live.settled()
        moving = SettingsTransfer(store, now, settling, config.centre.code, read_anew)
        days_work = DaysWork(MentionService(lanes, store, actions), SnoozeService(lanes, store, actions), promises,
                             DueSoonCounters(store, now, lines), partial(opening.morning, zone=zone))
        close_later(stack, days_work.snoozing, days_work.near_cases)
        close_later(stack, wallboard := Wallboard(dispatch, days, centres.groups(), now))
        close_later(stack, far_floors := RemoteQueueStatus(wallboard, config.centre.code, link, now, over=centres.over, title=centres.called))
        handing.expects = far_floors.expected_s
        close_later(stack, alarming := AlarmMonitor(store, now, centres.admission, wallboard, lines, opening))
        await (floor_mail := SupervisorBroadcasts(store, now, centres.admission, dispatch, wallboard.groups)).start()
        close_later(stack, lending := TemporaryAssignments(store, now, centres.admission, dispatch, lines, sessions.amending))
        report_mail = ScheduledReports(store, now, centres.admission, days, zone, who=dispatch.operator, channels=channels, warn=floor_mail.tell,
                                 allowed=config.reports.to)
        close_later(stack, report_mail)
        desk = Desk(centre, store=store, files=files, lanes=lanes, dispatch=dispatch, actions=actions, sessions=sessions, bot=bot,
                    keeping=keeping, calling=calling, wrap_up=wrap_up, consulting=consulting, seniors=seniors,
                    passing=passing, relaying=relaying, handing=handing, joining=joining, quarantine=quarantine,
                    attaching=OutboundAttachments(store, actions, quarantine, partial(let_in, files), carried=lanes.carried,
                                        level=centres.level, code=config.centre.code),
                    places=centres.places, separation=centres.separation, contractors=centres.contractors,
                    informer=informer, outreach=outreach,
                    reporting=reporting, channels=channels, pulse=pulse,
                    publishing=publishing, drafts=drafts, workbench=workbench, workshop=workshop, robot_days=robot_days,
                    lessons=PhraseLabelling(store, robot_days, teaching, drafts, publishing, workshop, now), sifting=sifting, rights=rights,
                    cases=cases, complaints=complaints, walking=walking, systems=systems, editing=editing, catalogues=catalogues,
                    appointments=appointments, publicity=publicity, flagging=flagging, standings=standings, surveying=surveying,
                    canning=canning, days_work=days_work, wallboard=wallboard, far_floors=far_floors, floor_mail=floor_mail,
                    lending=lending, report_mail=report_mail, alarming=alarming, quality=quality,
                    settling=settling, moving=moving, trials=(trials := ChannelChecks(channels, store, now)), now=now)
        report_mail.compose = partial(composed, desk)
        close_later(stack, live := DeskNotifier(desk, channels))
        trials.on_change = live.channels
        proving = await citizens_accounts(stack, config, lanes, store, centres.separation, verifying, joining)
        open311 = open311_of(config, lanes, store, actions, cases, lambda address: intake.met(address), desk.services.who, lines)  # noqa: PLW0108
        intake = MessageIntake(lanes, store, bot, talker, TicketNumbers(config.centre.code, number, zone), robot=ROBOT,
                           queue=config.routing.queue, informer=informer, promise=partial(keeping.offer_callback, gone=True),
                           keeps=timedelta(seconds=config.routing.redial_s), told=centres.separation.kept,
                           opt_outs=opt_outs, hearing=ears, standing=dispatch.standing, typing=live.citizen_typing, seen=live.citizen_saw,
                           delivered=deliveries.delivered, recorded=CallRecordings(lanes, store, files, transcripts.owe).keep,
                           stirred=live.tell, talks=consulting, phoned=calling.phoned, guard=quarantine, proofs=proving or NoVerification(),
                           screening=screening, redeliveries=redeliveries, files=files,
                           subject=rights.data, asks=turns.asks, awaits=turns.awaits, hides=turns.hides,
                           grades=quality.grading)

        channels |= {each.driver: connect(each, intake, store, files, limited=config.limited) for each in config.channels}
        showers |= {name: channel for name, channel in channels.items() if isinstance(channel, ReplayingChannel)}
        awaiting |= {name: channel for name, channel in channels.items() if isinstance(channel, AwaitingChannel)}
        carriers |= {name: channel for name, channel in channels.items() if isinstance(channel, CarryingChannel)}

        introduce(lanes, dispatch, sessions, informer, live, turns, relief, promises, outreach, joining, pulse, bell, calling,
                  wrap_up)
        introduce_others(lanes, actions, consulting, seniors, live)
        rights.demands.on_change, actions.readings.demanded = live.demanded, rights.demands.waits
        actions.readings.mask = teaching.ordinary
        lanes.listeners += [rights.deleting.committed, quality.book.committed, quality.grading.committed]
        actions.readings.reviewed = lambda who, talk: quality.book.ground(who, talk) or quality.calibrating.ground(who, talk)
        lanes.listeners.insert(0, quarantine.committed)
        introduce_enclosures(enclosures, lanes, quarantine, handing, live, deliveries)
        await quarantine.start()
        introduce_complaints(complaints, outreach, live)
        introduce_handbook(editing, flagging, bot, live)
        introduce_appointments(appointments, live)
        introduce_cases(cases, live, publicity)
        introduce_days_work(store, lanes, days_work, actions, live)
        introduce_floor(lanes, dispatch, wallboard, far_floors, floor_mail, alarming, pulse, live)
        introduce_lending(lending, relief, sessions, dispatch, live)
        introduce_lists(store, lanes, sifting, surveying, canning, live)
        introduce_settings(config, settling, centres, opening, dispatch, emptying, wallboard, live)
        lanes.listeners.append(emptying.committed)
        editing.on_change = _each(editing.on_change, partial(follow, config.booking, appointments))
        walking.on_change = live.walk
        publishing.on_publish = _each(talker.warm, live.robot)
        drafts.on_change = workbench.on_change = live.robot
        await workbench.start()
        await flagging.start()  # what is owed to it is not the robot's
        await alarming.start()
        await take_over(store, informer, dispatch, promises, relief, opt_outs, turns, outreach, wrap_up, wallboard, alarming)
        await emptying.look()
        settling.look()
        await asyncio.gather(sessions.emergency.start(), blocks.start(), sifting.start())
        await asyncio.gather(rights.consenting.start(), rights.demands.start())
        await asyncio.gather(days_work.mentioning.start(), days_work.snoozing.start(), days_work.near_cases.start(), lending.start())
        await rights.deleting.start()
        await asyncio.gather(verifying.forget(), joining.start(), calling.start(), seniors.start(), transcripts.start(), retention.start(),
                             cases.telling.start(), cases.clocks.start(), complaints.referring.start(), cases.entrusting.start())
        await appointments.upkeep.start()
        await appointments.inviting.start()
        appointments.attendance.start()
        relaying.look()  # nobody waits for other centres
        await enclosures.fetching.start()
        await handing.start()
        day_reports.start()
        sharing.start()
        await publicity.start()
        await surveying.start()
        for part in (quality.book, quality.sampling, quality.grading, quality.calibrating):
            await part.start()
        await report_mail.start()
        pulse.start()
        alarming.beats(pulse.beats())

        heart.up()  # all is read: what takes the loop from now on is somebody's words
        await stack.enter_async_context(working(channels, intake, vitals))
        sso = SingleSignOn(desk, await stack.enter_async_context(directory(config))) if config.oidc.issuer else None
        routes = [*desk_routes(desk, live), *case_pages.routes(), *survey_pages.routes(),
                  *(open311.routes() if open311 else ()), *(sso.routes() if sso else ()),
                  *outside([*(ProofPages(proving, limited=config.limited).routes() if proving else ()),
                            *(route for c in channels.values() if isinstance(c, Mounted) for route in c.routes())])]
        certificates = all_certificates(certificate, channels.values())
        counts = {"okno_unsendable": deliveries.unsendable, "okno_passed": relief.passed, "okno_passed_refused": taking_in.refused,
                  "okno_passed_returned": handing.returned}
        metrics = Metrics(store, lanes, promises, channels, lambda: {each: relief.predicted_s(each) for each in lines},
                          counts, pulse, talker.understood, sessions.emergency, sifting, certificates,
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
        turns.catch_up()
        try:
            yield Hub(address, await first_operator(store, sessions, config), store, certificates)
        finally:
            if leading is not None:
                await leading.inside.close()
            await trials.close()
            await turns.stop_talking()  # else whatever is said at once would hold up the end
            # Whoever is told to come back does so at once, and finds the next process or tries again.
            await asyncio.gather(live.close(), *(channel.close() for channel in channels.values()))
