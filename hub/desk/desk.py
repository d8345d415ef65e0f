"""What the desk's handlers work with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Literal, NamedTuple

from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from hub.access.directory_roles import GroupRoleMapping
from hub.access.federal_separation import FederalDataPolicy
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.attachments import OutboundAttachments
from hub.actions.bulk_transfer import BulkTransfer
from hub.actions.canned_replies import CannedReplies
from hub.actions.centre_transfer import CentreTransfer
from hub.actions.conversation_actions import Actions
from hub.actions.mention_service import MentionService
from hub.actions.promise_actions import PromiseActions
from hub.actions.promise_watch import PromiseWatch
from hub.actions.script_runs import ScriptRunner
from hub.actions.snooze_service import SnoozeService
from hub.appointments.actions import Appointing
from hub.appointments.booking import Booking
from hub.appointments.external_staff import Specialists
from hub.appointments.external_sync import ExternalSync
from hub.appointments.maintenance import AppointmentMaintenance
from hub.appointments.notifications import AppointmentNotifications
from hub.cases.actions import CaseActions
from hub.cases.deadline_alarms import CaseClocks
from hub.cases.due_counts import DueSoonCounters
from hub.cases.notifications import CaseNotifications
from hub.cases.outdated_notices import OutdatedInfoReports
from hub.cases.recommendation_service import RecommendationService
from hub.cases.referral_service import ReferralService
from hub.cases.registration import CaseRegistration
from hub.cases.remote_service import RemoteCases
from hub.cases.topic_tree import TopicTree
from hub.cases.tracking import CaseTracking
from hub.citizens.address_linking import AddressLinking
from hub.citizens.consent_service import ConsentService
from hub.citizens.conversation_merging import ConversationMerging
from hub.conversations.address import Address, masked
from hub.conversations.callback_promise import CallbackPromise, not_reached
from hub.conversations.conversation import Closed, Conversation, InQueue, WithBot, WithOperator, connected, waiting_since
from hub.conversations.journal import StoredEvent, spoken
from hub.conversations.message import Author, Message
from hub.conversations.ports import Channel, MeasuringChannel, Store
from hub.conversations.quarantine import Quarantine
from hub.conversations.sequencer import ConversationSequencer
from hub.conversations.verification_level import Proven, proven, tellable
from hub.desk.access.service_keys import Services
from hub.desk.conversations.redaction import nameless, veiled_entry, veiled_row
from hub.desk.conversations.timeline_view import TimelineView
from hub.desk.http.wire import (
    AttemptOut,
    ColleagueOut,
    CompanyOut,
    ConversationOut,
    EntryOut,
    ListenerOut,
    LoanOut,
    MergedOut,
    NamedOut,
    PromiseOut,
    QueueOut,
    RecordingOut,
    SnoozedOut,
    VerificationOut,
)
from hub.desk.organisation.places import Places
from hub.desk.organisation.settings_transfer import SettingsTransfer
from hub.desk.sign_in.sessions import Sessions
from hub.dispatch.dispatcher import Dispatch
from hub.dispatch.temporary_assignments import TemporaryAssignments
from hub.federation.handover_sender import HandoverSender
from hub.intake.set_aside import HeldReview
from hub.integrations.application_status_service import ApplicationStatusService
from hub.integrations.case_submission import CaseSubmission
from hub.integrations.department_client import DepartmentClients
from hub.integrations.department_handover_service import DepartmentHandover
from hub.integrations.webhook_delivery import WebhookDispatcher
from hub.kernel.ports import Files, Printer
from hub.knowledge.authorities import Authority
from hub.knowledge.catalogue.portal_importer import Catalogues
from hub.knowledge.editorial import Editorial
from hub.monitoring.alarm_service import AlarmMonitor
from hub.monitoring.broadcasts import SupervisorBroadcasts
from hub.monitoring.channel_checks import ChannelChecks
from hub.monitoring.channel_health import ChannelMonitor
from hub.monitoring.remote_floors import RemoteQueueStatus
from hub.monitoring.wallboard import Wallboard
from hub.notifications.announcer import AnnouncementService
from hub.notifications.notifier import NotificationSender
from hub.organisation.queue import Lines, Queue, Topic
from hub.organisation.settings_versions import SettingsVersions
from hub.privacy.corrections import Rectification
from hub.privacy.deletions import DeletionRequests
from hub.privacy.self_service import DataSelfService
from hub.privacy.subject_request_answers import SubjectRequestAnswers
from hub.privacy.subject_requests import SubjectRequests
from hub.quality.calibration_service import CalibrationService
from hub.quality.coaching import Coaching
from hub.quality.csat_service import CsatService
from hub.quality.reviews_service import QualityReviews
from hub.quality.sampling import Sampling
from hub.quality.surveys.service import SurveyService
from hub.reporting.centre_reports import Reporting
from hub.reporting.mailing_service import ScheduledReports
from hub.reporting.periods import Periods
from hub.robot.day_figures import RobotDays
from hub.robot.dialogue_draft import Drafts
from hub.robot.learning import PhraseLabelling
from hub.robot.ports import Bot, DialogueWorkshop
from hub.robot.publishing import Publishing
from hub.robot.training_job import TrainingJobs
from hub.telephony.consultations import ConsultTransfer
from hub.telephony.outbound_calls import OutboundCalls
from hub.telephony.ports import RecordingChannel
from hub.telephony.supervisor_listening import SupervisorMonitoring
from hub.telephony.wrap_up import WrapUp

LEVELS: dict[Proven, Literal["nothing", "number", "account"]] = {
    Proven.NOTHING: "nothing", Proven.NUMBER: "number", Proven.ACCOUNT: "account"}


class Centre(Struct, frozen=True):
    """What the desk shows of the centre."""

    name: str
    lines: Lines
    topics: Mapping[str, Topic]
    secure: bool
    timezone: str = "Europe/Moscow"
    """Its days are those of this zone."""
    centres: Callable[[date], dict[str, str]] = lambda _: {}
    """All centres that work on a day: code to name."""
    provider: str = ""
    """What the button of single sign-on says."""
    rules: tuple[GroupRoleMapping, ...] = ()
    """What people of the directory are here."""

    @property
    def queues(self) -> tuple[Queue, ...]:
        return tuple(self.lines.values())

    @property
    def skills(self) -> list[str]:
        """All that any line asks for."""
        return sorted({name for queue in self.queues for name in queue.skills})

    def named(self) -> tuple[list[QueueOut], list[NamedOut]]:
        return ([QueueOut(q.id, q.title, ":".join(q.home), bool(q.successor)) for q in self.queues],
                [NamedOut(t.id, t.title) for t in self.topics.values()])


class Cases(NamedTuple):
    """All that has to do with registered cases."""

    case_registration: CaseRegistration
    work: CaseActions
    topic_tree: TopicTree
    following: CaseTracking
    clocks: CaseClocks
    case_notifications: CaseNotifications
    entrusting: RemoteCases


class Complaints(NamedTuple):
    """Whom complaints go to, and what is recommended out of many of them."""

    referring: ReferralService
    advising: RecommendationService
    press: Printer
    authorities: Callable[[], Mapping[str, Authority]]
    """Those of the knowledge base that hold today, by id."""


class Quality(NamedTuple):
    """How talks are judged, and how content citizens are."""

    book: QualityReviews
    sampling: Sampling
    csat_service: CsatService
    coaching: Coaching
    calibrating: CalibrationService


class Appointments(NamedTuple):
    """All that has to do with appointments."""

    work: Appointing
    booking: Booking
    appointment_notifications: AppointmentNotifications
    appointment_maintenance: AppointmentMaintenance
    external_sync: ExternalSync
    specialists: Specialists


class DaysWork(NamedTuple):
    """What an operator's views are made of, besides what he holds."""

    mention_service: MentionService
    snooze_service: SnoozeService
    promises: PromiseWatch
    near_cases: DueSoonCounters
    morning: Callable[[str, datetime], datetime]
    """When work begins in a line on the next day that is worked."""


class Rights(Struct, frozen=True):
    """What citizens may demand of their own data, and who answers."""

    consent_service: ConsentService
    demands: SubjectRequests
    data: DataSelfService
    answering: SubjectRequestAnswers
    correcting: Rectification
    deleting: DeletionRequests


class Desk:
    """Everything a handler may need; made once by the front door."""

    def __init__(self, centre: Centre, *, store: Store, files: Files, sequencer: ConversationSequencer, dispatch: Dispatch,
                 actions: Actions,
                 sessions: Sessions, bot: Bot, promise_actions: PromiseActions, outbound_calls: OutboundCalls, wrap_up: WrapUp,
                 consulting: ConsultTransfer,
                 supervision: SupervisorMonitoring, passing: CentreTransfer, department_handover: DepartmentHandover,
                 handover_sender: HandoverSender, linking: AddressLinking, quarantine: Quarantine,
                 outbound_attachments: OutboundAttachments,
                 places: Places, federal_policy: FederalDataPolicy, contractors: Callable[[], list[str]],
                 announcement_service: AnnouncementService, notification_sender: NotificationSender,
                 reporting: Reporting, channels: Mapping[str, Channel], channel_monitor: ChannelMonitor, publishing: Publishing,
                 drafts: Drafts,
                 training_jobs: TrainingJobs, workshop: DialogueWorkshop, robot_days: RobotDays, phrase_labelling: PhraseLabelling,
                 sifting: HeldReview,
                 rights: Rights, cases: Cases,
                 script_runner: ScriptRunner, systems: DepartmentClients, complaints: Complaints, editorial: Editorial,
                 catalogues: Catalogues,
                 appointments: Appointments, webhooks: WebhookDispatcher, flagging: OutdatedInfoReports,
                 application_status: ApplicationStatusService, survey_service: SurveyService,
                 canned_replies: CannedReplies, days_work: DaysWork, wallboard: Wallboard, remote_queues: RemoteQueueStatus,
                 broadcasts: SupervisorBroadcasts,
                 temporary_assignments: TemporaryAssignments, scheduled_reports: ScheduledReports, alarm_monitor: AlarmMonitor,
                 quality: Quality, settings_versions: SettingsVersions, settings_transfer: SettingsTransfer,
                 channel_checks: ChannelChecks, now: Callable[[], datetime]) -> None:
        self.centre, self.store, self.files, self.sequencer = centre, store, files, sequencer
        self.dispatch, self.actions, self.sessions, self.bot, self.now = dispatch, actions, sessions, bot, now
        self.promise_actions, self.outbound_calls, self.wrap_up = promise_actions, outbound_calls, wrap_up
        self.passing, self.department_handover, self.linking = passing, department_handover, linking
        self.quarantine, self.places = quarantine, places
        self.outbound_attachments = outbound_attachments
        self.consulting, self.supervision, self.handover_sender = consulting, supervision, handover_sender
        self.federal_policy, self.authorization, self.contractors = federal_policy, actions.authorization, contractors
        self.announcement_service = announcement_service
        self.notification_sender, self.reporting, self.days = notification_sender, reporting, reporting.days
        self.periods = Periods(store, self.days, centre.lines)
        self.channels, self.channel_monitor = channels, channel_monitor
        self.publishing, self.drafts, self.training_jobs, self.workshop = publishing, drafts, training_jobs, workshop
        self.appointments = appointments
        self.robot_days, self.phrase_labelling, self.sifting, self.rights, self.cases = robot_days, phrase_labelling, sifting, rights, cases
        self.complaints = complaints
        self.script_runner = script_runner
        self.systems, self.submitting, self.webhooks = systems, CaseSubmission(cases.work, systems, store, now), webhooks
        self.merging = ConversationMerging(sequencer, store, actions, linking, dispatch)
        self.entries = TimelineView(dispatch, sequencer, places, federal_policy, quarantine, handover_sender.remote.title)
        self.services = Services(store, now, actions.authorization)
        store.listeners.append(self.services.stored)
        self.editorial, self.catalogues, self.flagging = editorial, catalogues, flagging
        self.application_status, self.survey_service = application_status, survey_service
        self.canned_replies, self.quality = canned_replies, quality
        self.mention_service, self.snooze_service, self.promises = days_work.mention_service, days_work.snooze_service, days_work.promises
        self.near_cases, self.morning = days_work.near_cases, days_work.morning
        self.looking: Callable[[int], list[ColleagueOut]] = lambda _: []
        """Who has a conversation open (live/notifier.py)."""
        self.temporary_assignments = temporary_assignments
        self.rearranging = BulkTransfer(actions, store)
        self.wallboard, self.remote_queues, self.broadcasts = wallboard, remote_queues, broadcasts
        self.scheduled_reports, self.alarm_monitor = scheduled_reports, alarm_monitor
        self.settings_versions, self.settings_transfer, self.channel_checks = settings_versions, settings_transfer, channel_checks

    def source(self, request: web.Request) -> str:
        """The caller's address, for the limits on guessing and for the audit."""
        return request.remote or ""

    async def rows(self, heads: Sequence[Conversation], who: Operator | None = None) -> list[ConversationOut]:
        """Rows of the list, each with its last words, wherever they were said; `seen_by` somebody, or still to be."""
        parts = {head.id: [live.head for live in await self.merging.parts(head)] for head in heads if head.parts}
        tails = await self.sequencer.tails([*heads, *(part for each in parts.values() for part in each)])
        rows = [self.row(head, self._tail(head, parts.get(head.id, []), tails)) for head in heads]
        return rows if who is None else [self.seen_by(who, row, head) for row, head in zip(rows, heads, strict=True)]

    @staticmethod
    def _tail(head: Conversation, parts: Sequence[Conversation], tails: Mapping[int, Sequence[StoredEvent]]) -> list[StoredEvent]:
        said = [record for each in (head, *parts) for record in tails.get(each.id, [])]
        return sorted(said, key=lambda record: record.id) if parts else said

    def seen_by(self, who: Operator, row: ConversationOut, head: Conversation) -> ConversationOut:
        """A row as far as he may know: who the citizen is, and whoever listens."""
        if not self.authorization.knows(who, head.queue):
            row = veiled_row(row)
        if self.mention_service.waits(who.login, head.id):
            row = replace(row, mentioned=True)
        there = self.supervision.listeners(who, head.id)
        if not there:
            return row
        return replace(row, listeners=[ListenerOut(login, self.dispatch.name(login), ear) for login, ear in there.items()])

    def ours(self, who: Operator, login: str, known: Operator | None = None) -> bool:
        """Whether what somebody did is his centre's to see; the hub's own deeds are its own centre's, an unknown's all centres'."""
        if login == who.login:
            return True
        doer = known or self.dispatch.operator(login)
        everywhere = tuple(queue.id for queue in self.centre.queues) if login else ()
        return self.authorization.covers_all(who, doer.queues if doer else everywhere)

    def loan(self, of: Operator) -> LoanOut | None:
        """Where somebody was moved for a time."""
        loan = of.loan
        return LoanOut(list(loan.lines), list(loan.own), loan.keeps, loan.at, loan.until, self.dispatch.name(loan.by)) if loan else None

    def lines(self, who: Operator) -> list[str]:
        """Queues whose waiting conversations he sees."""
        everything = self.authorization.may(who, Permission.SEE_ALL)
        return [queue.id for queue in self.centre.queues if self.authorization.works(who, queue.id) and (
            queue.id in who.queues or (everything and self.authorization.covers(who, queue.id)))]

    def shown(self, who: Operator, head: Conversation, record: StoredEvent) -> EntryOut:
        """A line of the timeline as far as he may know who the citizen is."""
        entry = self.entries.out(record)
        if not self.authorization.knows(who, head.queue):
            return veiled_entry(entry)
        return entry if self.federal_policy.shows_name(head) else nameless(entry)

    def row(self, head: Conversation, tail: Sequence[StoredEvent]) -> ConversationOut:
        # Where life is in danger it is the citizen's own words that are seen, not what he was told.
        last = next((said for r in reversed(tail) if (said := spoken(r.entry)) is not None
                     and (head.danger is None or said.author is Author.CITIZEN)), None)
        holder = head.holder
        waiting = waiting_since(holder) if isinstance(holder, InQueue | WithOperator) else None
        return ConversationOut(
            id=str(head.id), number=head.number, channel=head.address.channel,
            name=head.citizen.name if self.federal_policy.shows_name(head) else "", person=head.citizen.person,
            opened=head.opened, holder=self.entries.holder(holder), topic=head.topic, last=str(head.last),
            last_text=(last.text or _files(last))[:200] if last else "", last_author=last.author if last else None,
            last_at=last.at if last else None, waiting_since=waiting,
            held_since=connected(holder) if isinstance(holder, WithOperator) else None,
            unread=self._unread(head, tail), typing=self._types(head), promise=self._promise(head),
            place=self.places.out(head.place), proposed=[] if head.place else self._proposed(head.address),
            address=self._address(head), measured=head.address.channel in self._measured,
            callable=self.outbound_calls.possible(head), talks=self.consulting.possible(head), company=self._company(head),
            senior_asked=self.supervision.asked(head.id), recording=self._recording(head.id), verification=self._verification(head),
            snoozed=self._snoozed(head.id), looking=self.looking(head.id), parts=self._parts(head),
            files=self.outbound_attachments.brings(head), danger=head.danger)

    def _address(self, head: Conversation) -> str:
        """The citizen's number or mailbox as it is shown; masked at the federal centre."""
        return self.federal_policy.reason(head, self.sequencer.traits.readable(head.address))

    def _parts(self, head: Conversation) -> list[MergedOut]:
        sequencer = self.merging.at_hand(head)
        return [MergedOut(str(each.id), each.number, each.address.channel, self._address(each), each.merged.at,
                          self.outbound_attachments.brings(each))
                for live in sequencer if (each := live.head).merged is not None]

    def _proposed(self, address: Address) -> list[NamedOut]:
        return self.places.proposed(address.value) if self.sequencer.traits.of(address).subscriber else []

    def _verification(self, head: Conversation) -> VerificationOut | None:
        if not self.federal_policy.keeps_history(head):
            return None
        level = proven(head.verification, self.now())
        until = head.verification.until if head.verification and level else None
        return VerificationOut(LEVELS[level], until, tellable(level))

    def _snoozed(self, conversation: int) -> SnoozedOut | None:
        snooze = self.snooze_service.of(conversation)
        return SnoozedOut(snooze.until, snooze.why) if snooze else None

    def _company(self, head: Conversation) -> CompanyOut | None:
        asks = self.consulting.going_on(head.id)
        return CompanyOut(asks.company, self.consulting.whom(asks.ask), asks.ask.colleague) if asks is not None else None

    def recorder(self, conversation: int) -> RecordingChannel | None:
        """The channel that records the talk which goes on; None where none does."""
        return next((each for each in self._recorders if each.taping(conversation)), None)

    # What a channel can do is found out once, as in telephony/outbound_calls.py.

    @cached_property
    def _recorders(self) -> tuple[RecordingChannel, ...]:
        return tuple(each for each in self.channels.values() if isinstance(each, RecordingChannel))

    @cached_property
    def _measured(self) -> frozenset[str]:
        """Channels whose carriers count what is written."""
        return frozenset(name for name, each in self.channels.items() if isinstance(each, MeasuringChannel))

    def _recording(self, conversation: int) -> RecordingOut | None:
        recorder = self.recorder(conversation)
        tape = recorder.taping(conversation) if recorder else None
        return RecordingOut(tape.paused) if tape else None

    def _promise(self, head: Conversation) -> PromiseOut | None:
        owed = promise_out(head.promise)
        # A number to be called is what a callback is promised for (FD-04); any other address is the conversation's own.
        called = self.sequencer.traits.number_of(head.promise.address) if head.promise else ""
        if owed is None or called or self.federal_policy.shows_name(head):
            return owed
        return replace(owed, address=masked(owed.address))

    def _unread(self, head: Conversation, tail: Iterable[StoredEvent]) -> int:
        """Messages of the citizen that nobody at a desk has seen or answered."""
        if isinstance(head.holder, Closed | WithBot):
            return 0
        live = self.sequencer.active(head.id)
        seen, unread = live.seen_by_operator if live else 0, 0
        for record in tail:
            entry = record.entry
            if isinstance(entry, Message) and entry.author is Author.OPERATOR and not entry.internal:
                unread = 0
            elif isinstance(entry, Message) and entry.author is Author.CITIZEN and record.id > seen:
                unread += 1
        return unread

    def _types(self, head: Conversation) -> bool:
        return any(map(self.is_typing, (head.id, *(live.head.id for live in self.merging.at_hand(head)))))

    def is_typing(self, conversation: int) -> bool:
        live = self.sequencer.active(conversation)
        at = live.citizen_typed if live else None
        return at is not None and (self.now() - at).total_seconds() < 6  # noqa: PLR2004 - twice the widget's rhythm


def promise_out(owed: CallbackPromise | None) -> PromiseOut | None:
    if owed is None:
        return None
    attempts = [AttemptOut(each.at, each.by, each.outcome) for each in owed.attempts]
    return PromiseOut(owed.given, owed.due, str(owed.address), owed.why, owed.by, attempts, not_reached(owed), owed.alarmed)


def _files(message: Message) -> str:
    return ", ".join(attachment.name for attachment in message.attachments)
