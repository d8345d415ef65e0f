"""The configuration: one TOML file, and environment variables for what differs between machines.

Unknown keys and bad values stop the start; all are named with their lines (okno.faults.config_error). docs/configuration.md explains
every key.
"""

import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import time, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, cast
from zoneinfo import available_timezones

import msgspec
from msgspec import Meta, Struct

from channels.ssrf_guard import networks
from channels.web.open311 import Open311Settings
from hub.access.directory_roles import GroupRoleMapping
from hub.access.operator import Role
from hub.access.second_factor import SecondFactorDemand, SecondFactorPolicy
from hub.cases.case import Label
from hub.cases.retention import CaseTerms
from hub.cases.topic import check
from hub.dispatch.priority import Patience, PriorityRule
from hub.intake.flood_control import FloodLimits
from hub.integrations.application_status import Required
from hub.integrations.department_systems import Contract
from hub.kernel.errors import RefusedError
from hub.kernel.pattern_syntax import PatternError
from hub.kernel.patterns import Pattern
from hub.notifications.notice import Hours, Words
from hub.organisation.opening_hours import Calendar
from hub.organisation.overload_thresholds import OverloadThresholds
from hub.organisation.phone_directory import Listed
from hub.organisation.queue import Queue, Topic
from hub.privacy.retention_terms import RetentionPeriods
from okno.faults.config_error import ConfigError, ConfigFault, raise_faults
from okno.faults.former_keys import rename_former_keys
from okno.faults.reader import read_all
from routing.matrix import Correction

LISTEN, INNER, DATA, LIMITS, KEY_FILE = "OKNO_LISTEN", "OKNO_INNER", "OKNO_DATA", "OKNO_LIMITS", "OKNO_KEY_FILE"
DEMO = Path(__file__).parent / "demo"

Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Days = Annotated[int, Meta(ge=0, le=36_500)]
Years = Annotated[int, Meta(ge=0, le=100)]
Word = Annotated[str, Meta(pattern=r"[^\W_]", max_length=40)]


class Centre(Struct, frozen=True, forbid_unknown_fields=True):
    """The hub's own centre. Its conversation numbers begin with `code`, which is unique in the country."""

    code: Annotated[str, Meta(pattern=r"^[0-9]{3}$")] = "000"
    name: str = "Демонстрационный центр"
    level: Literal["federal", "regional", "municipal"] = "regional"
    timezone: str = "Europe/Moscow"


PATIENCE_S = 75.0


class Listen(Struct, frozen=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8080
    """0 is any free port."""
    certificate: str = ""
    """A PEM file with a certificate and its chain, relative to the configuration file; "" is plain HTTP."""
    key: str = ""
    """The certificate's key; "" where it is in the same file."""
    redirect_port: Annotated[int, Meta(ge=0, le=65535)] = 0
    """Port where plain HTTP is redirected to https; 0 is none."""
    secure: bool = False
    """The hub is reached by https only (behind our own proxy): cookies are marked Secure."""
    behind_proxy: bool = False
    """Callers' addresses are in the last X-Forwarded-For, written by our own proxy."""
    metrics_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks that may read /metrics."""
    client_timeout_s: Annotated[float, Meta(gt=0)] = PATIENCE_S
    """Timeout of slow clients. Proxies keep connections for less (nginx: 60 s), so that they never use a closed one."""

    @property
    def https(self) -> bool:
        """Whether all clients use https, here or at a proxy."""
        return self.secure or bool(self.certificate)


class StoreSettings(Struct, frozen=True, forbid_unknown_fields=True):
    kind: Literal["sqlite", "mongodb", "memory"] = "sqlite"
    """memory loses everything at the end: for trials and tests."""
    uri: str = ""
    """URI of a replica set or a sharded cluster, as mongodb://a.example,b.example,c.example/?replicaSet=okno, without a password."""
    uri_file: str = ""
    """A file whose first line is the URI, where it has a password."""
    name: Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,38}$")] = "okno"
    """Name of the database in MongoDB."""


class HubsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Several hubs on one MongoDB; one of them leads."""

    inner: Annotated[str, Meta(pattern=r"^(\S+:\d{1,5})?$")] = ""
    """host:port where this hub listens for the others; "" is an address that no other machine reaches."""
    certificate: str = ""
    """PEM file with this hub's certificate for the others; "" is plain HTTP, in a separate network."""
    key: str = ""
    """The certificate's key."""
    authority: str = ""
    """The authority that signs certificates of this centre's hubs, and no others."""
    lease_s: Annotated[float, Meta(ge=1, le=60)] = 3.0
    """Time without a renewal after which another hub leads."""

    def place(self) -> tuple[str, int]:
        """Address of this hub for the others; by default any free port of this machine."""
        host, _, port = (self.inner or "127.0.0.1:0").rpartition(":")
        return host.strip("[]"), int(port)


class DeskSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How operators sign in."""

    second_factor: SecondFactorDemand = SecondFactorDemand.OFFERED
    """off, offered or required."""
    required_for: tuple[Role, ...] = ()
    """Roles that must have a second factor where it is only offered."""
    origin: Annotated[str, Meta(pattern=r"^(https?://[^/?#]+)?$")] = ""
    """The desk's address, as https://desk.example; without it there are no passkeys."""
    rp_id: str = ""
    """The domain of passkeys: the host of `origin` ("" by default), or a domain above it."""
    idle_min: Annotated[float, Meta(ge=0, le=720)] = 60
    """Minutes of inactivity after which a session ends; 0 is never."""
    leaked_passwords: str = ""
    """A file of Pwned Passwords, ordered by hash; "" is none."""
    channel_networks: tuple[Annotated[str, Meta(max_length=50)], ...] = ()
    """Internal networks where channels that are set up at the desk may connect, as 10.0.0.0/24."""

    def idle(self) -> timedelta | None:
        return timedelta(minutes=self.idle_min) if self.idle_min else None

    def policy(self) -> SecondFactorPolicy:
        return SecondFactorPolicy(self.second_factor, self.required_for)


class OidcSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Operators from a provider of OpenID Connect."""

    issuer: Annotated[str, Meta(pattern=r"^(https://.+|http://(localhost|127\.0\.0\.1)(:\d+)?(/.*)?)?$")] = ""
    """The provider's own identifier; "" is none."""
    client: str = ""
    secret_file: str = ""
    """A file with the client's secret; "" is a public client."""
    title: str = "Войти через единый вход"
    scopes: tuple[str, ...] = ("openid", "profile")
    login: str = "preferred_username"
    """The claim with the login."""
    name: str = "name"
    claim: str = "groups"
    """The claim that `rules` compare."""
    acr: tuple[str, ...] = ()
    """Accepted authentication methods of the provider; any if empty."""
    rules: tuple[GroupRoleMapping, ...] = ()
    """The first matching rule counts; without one the person is not admitted."""


class EsiaSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Verification of citizens by their accounts at Госуслуги."""

    address: Annotated[str, Meta(pattern=r"^(https://[^/]+|http://(localhost|127\.0\.0\.1)(:\d+)?)?$")] = ""
    """Address of ЕСИА, as https://esia.gosuslugi.ru; "" is none."""
    client: str = ""
    """The mnemonic of the information system."""
    origin: Annotated[str, Meta(pattern=r"^(https?://[^/]+)?$")] = ""
    """This hub's address for citizens; they return to /verify/end there."""
    api: Literal["v1", "v2"] = "v2"
    certificate_hash: str = ""
    """Hash of the certificate in DER by GOST R 34.11-2012, in hex; v2 requires it."""
    issuer: str = "http://esia.gosuslugi.ru/"
    """The issuer in ЕСИА's tokens."""
    algorithm: str = "GOST3410_2012_256"
    pkce: bool = False
    """Whether codes are bound by PKCE (RFC 7636), where ЕСИА permits it to this system."""
    signer: Annotated[str, Meta(pattern=r"^[a-z0-9_]+$")] = "command"
    settings: dict[str, object] = {}


class LogSettings(Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal["human", "json"] = "human"
    level: Literal["debug", "info", "warning", "error"] = "info"


class WatchdogSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """When a hung hub is terminated and restarted."""

    stall_s: Annotated[float, Meta(ge=2, le=600)] = 10.0
    """Maximum seconds for which the event loop may be blocked after the start."""


class Traces(Struct, frozen=True, forbid_unknown_fields=True):
    """Export of trace spans."""

    endpoint: Annotated[str, Meta(pattern=r"^(https?://[^/?#@]+/.*)?$")] = ""
    """An OTLP collector, as http://collector:4318/v1/traces; "" is none."""
    sample_ratio: Annotated[float, Meta(ge=0, le=1)] = 1.0
    """Share of traced conversations; all hubs choose the same ones."""


class Routing(Struct, frozen=True, forbid_unknown_fields=True):
    queue: str = "general"
    """The queue to which the robot hands over."""
    offer_s: Annotated[int, Meta(ge=5, le=600)] = 30
    """Maximum time without an answer to an offer."""
    call_offer_s: Annotated[int, Meta(ge=5, le=600)] = 15
    """The same for a call."""
    reconnect_s: Annotated[int, Meta(ge=5, le=3600)] = 60
    """After a restart, the time for an operator to return to their conversations."""
    last_operator_h: Annotated[float, Meta(ge=0, le=168)] = 4
    """For this time a returning citizen is offered first to their last operator."""
    refusal_s: Annotated[int, Meta(ge=1, le=3600)] = 30
    """Time after which an operator who refused an offer may get it again."""
    corrections: tuple[Correction, ...] = ()
    """Hand-overs of D6 that this hub permits: from the wrong territory, and to a standby centre."""
    standby: dict[str, tuple[str, ...]] = {}
    """By the code of a centre: its standby centres while nobody serves it, best first."""
    overload: dict[str, OverloadThresholds] = {}
    """By the code of a centre: when it is overloaded and when no more (D9)."""
    wrap_up_s: Annotated[int, Meta(ge=0, le=3600)] = 0
    """Time after a call during which its operator is offered nothing."""
    queue_place_s: Annotated[int, Meta(ge=0, le=3600)] = 300
    """Time for which the place in line of a citizen who left is kept."""
    priorities: tuple[PriorityRule, ...] = ()
    """The centre's own rules of who goes before others that have waited as long."""

    def patience(self) -> Patience:
        return Patience(self.offer_s, self.call_offer_s, self.reconnect_s, self.last_operator_h, self.refusal_s, self.priorities)


class NoticeSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Quiet hours of notices, and the words to opt out and in; citizens are told the first word of each."""

    quiet_from: Clock = "21:00"
    quiet_until: Clock = "09:00"
    """In the time zone of the citizen's region; no quiet hours when both are equal."""
    stop: Annotated[tuple[Word, ...], Meta(min_length=1)] = ("СТОП", "STOP", "ОТПИСАТЬСЯ", "ОТПИСКА", "UNSUBSCRIBE")
    start: Annotated[tuple[Word, ...], Meta(min_length=1)] = ("СТАРТ", "START", "ПОДПИСАТЬСЯ", "SUBSCRIBE")

    def hours(self) -> Hours:
        return Hours(time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_until))

    def words(self) -> Words:
        return Words.of(self.stop, self.start)


class SpeechSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Speech recognition."""

    model: str = ""
    """The folder of a model, relative to the configuration file. "" is none: operators listen to recordings."""
    engine: str = "whisper"
    """The driver of bots/recognisers/ that reads it."""
    kind: str = ""
    """Its family, where the engine reads several."""
    language: str = "ru"
    threads: Annotated[int, Meta(ge=1, le=64)] = 1
    processes: Annotated[int, Meta(ge=0, le=64)] = 0
    """Recordings that are recognised at once, each with `threads`; 0 is one for each processor."""
    domain_words: bool = False
    """Whether recognition expects the words of the centre's services, bodies, towns and streets; the base model repeats them in noise."""
    callers_waiting: Annotated[int, Meta(ge=0, le=1000)] = 4
    """So many callers may wait for recognition; the next one gets an operator."""


class RobotSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The robot's dialogue."""

    project: str = ""
    """The project used until designers publish their own: the name of a shipped one, or a folder with a "/" in it, relative to the
    configuration file. "" is none: the robot answers from articles alone."""
    own_code: str = ""
    """A folder, relative to the configuration file, whose package `actions` runs in the hub's own process, with all its rights; "" is
    none. Code that designers publish never does."""
    action_server: str = ""
    """The server of all other custom actions, as http://localhost:5055/webhook; "" is none."""
    rasa: Annotated[str, Meta(pattern=r"^(https?://[^/]+.*)?$")] = ""
    """A Rasa server for the dialogues, as http://localhost:5005; "" is none. If it fails, the published project continues."""
    rasa_timeout_s: Annotated[float, Meta(gt=0, le=20)] = 5.0
    rasa_token_file: str = ""
    """File with the token for `Authorization: Bearer …`; "" is none."""
    patience_s: Annotated[float, Meta(ge=0)] = 0.2
    """A message that has waited longer for a processor is understood by the fast and less exact method."""
    second_person: bool = True
    """Whether each draft is approved by a person who has not changed it before it is published."""


class CallSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Telephone calls."""

    listeners_shown: bool = True
    """Whether an operator sees silent listeners; whispering and joined supervisors are always shown."""


class KeySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Keeper of the keys that encrypt stored data."""

    driver: Annotated[str, Meta(pattern=r"^[a-z0-9_]*$")] = ""
    """"" is none: files are stored in clear."""
    settings: dict[str, object] = {}


def kept_in(file: Path) -> KeySettings:
    """Keys in a file."""
    return KeySettings("file", {"path": str(file)})


class ScannerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Malware scanner for received files."""

    driver: Annotated[str, Meta(pattern=r"^[a-z0-9_]*$")] = ""
    """"" is none: files are opened unscanned."""
    settings: dict[str, object] = {}


class AuditSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Storage of the audit."""

    copies: str = ""
    """A folder, relative to the configuration file, for a copy of each seal, under another administrator; "" is none."""


class ScheduleSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """An external appointment system: an АИС МФЦ."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    """Referenced as `outside` by a reception."""
    driver: Annotated[str, Meta(pattern=r"^[a-z0-9_]+$")] = "mfc"
    limit_s: Annotated[float, Meta(gt=0, le=20)] = 3.0
    """Timeout of a request."""
    every_s: Annotated[float, Meta(ge=1, le=3600)] = 30.0
    """Interval of requests for the state of visits."""
    settings: dict[str, object] = {}


class BookingSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Offices with appointments."""

    receptions: str = ""
    """A TOML file with their windows and rules, relative to the configuration file; or "demo". "" is none: no appointments."""
    systems: tuple[ScheduleSettings, ...] = ()


class RetentionSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Retention periods."""

    idle_chats_days: Days = 0
    """Days of silence after which a conversation with the robot is closed. 0 is never, here and below."""
    conversations_days: Days = 0
    """After the end of a conversation."""
    federal_days: Annotated[int, Meta(ge=1, le=36_500)] = 1
    """The same for federal lines."""
    recordings_days: Days = 0
    transcripts_days: Days = 0
    attachments_days: Days = 0
    """After the end of their conversation."""
    opt_outs_days: Days = 0
    appointments_days: Days = 90
    """After the appointed time."""
    surveys_days: Days = 90
    """After the end of a survey: answers are deleted, and only counts remain."""
    quality_days: Days = 365
    """After a score is final, or a citizen was asked for their satisfaction."""
    outdated_reports_days: Days = 1095
    """After outdated information was corrected."""
    knowledge_gaps_days: Days = 365
    """After the last search of an operator without a result."""
    events_days: Days = 90
    """After another system has accepted an event."""
    cases_59fz_years: Years = 5
    """After the year in which a case ended (приказ Росархива от 20.12.2019 № 236)."""
    cases_210fz_years: Years = 5
    cases_outside_years: Years = 3
    """For cases that are no обращение by either law: the limitation period (ГК РФ ст. 196)."""

    def cases(self, zone: tzinfo) -> CaseTerms:
        years = {Label.FZ59: self.cases_59fz_years, Label.FZ210: self.cases_210fz_years, Label.OUTSIDE: self.cases_outside_years}
        return CaseTerms({label: number for label, number in years.items() if number}, zone)

    def terms(self) -> RetentionPeriods:
        def term(days: int) -> timedelta | None:
            return timedelta(days=days) if days else None
        return RetentionPeriods(term(self.idle_chats_days), term(self.conversations_days), term(self.federal_days),
                     term(self.recordings_days),
                     term(self.transcripts_days), term(self.attachments_days), term(self.opt_outs_days), term(self.appointments_days),
                     term(self.surveys_days), term(self.quality_days), term(self.outdated_reports_days), term(self.knowledge_gaps_days),
                     term(self.events_days))


class SubjectRequestSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of answers to subject requests."""

    reader_names: bool = False
    """Whether they name the persons who viewed the data, and not only role and centre."""


class SurveySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Surveys of served citizens."""

    address: Annotated[str, Meta(pattern=r"^(https?://[^/?#]+)?$")] = ""
    """This hub's address for citizens, as https://hub.example, in links of invitations. "" is none: nobody is invited."""
    pause_days: Annotated[int, Meta(ge=0, le=3650)] = 90
    """Time after an invitation without another one. 0 is no pause."""


class QualitySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Quality control and customer satisfaction."""

    csat_channels: tuple[Annotated[str, Meta(max_length=50)], ...] = ("web", "messenger", "sms", "email", "voice")
    """Channels where citizens are asked after a contact: drivers, as "web.chat", or families, as "sms"; empty is none.

    A citizen could not answer by fax.
    """
    pause_hours: Annotated[int, Meta(ge=0, le=8760)] = 24
    """Time after a question without another one. 0 is no pause."""
    min_answers: Annotated[int, Meta(ge=3, le=1000)] = 5
    """Groups with fewer answers are never shown."""
    appeal_days: Annotated[int, Meta(ge=1, le=60)] = 5
    """Working days in which an operator may appeal against their score."""


class OpenDataSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Publication of the programme's indicators."""

    address: Annotated[str, Meta(pattern=r"^(https?://[^/?#]+)?$")] = ""
    """The public address of this hub, as https://hub.example. "" publishes nothing."""


class ReportSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Reports by e-mail."""

    to: tuple[Annotated[str, Meta(pattern=r"^([^@\s]+@)?[^@\s]+\.[^@\s]+$", max_length=254)], ...] = ()
    """Permitted recipients: addresses, and domains; empty is none."""


class WebhookSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Webhook subscribers."""

    internal_networks: tuple[Annotated[str, Meta(max_length=50)], ...] = ()
    """Internal networks of permitted subscribers, on any port."""


class PushSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Web Push to the browsers of operators."""

    contact: Annotated[str, Meta(pattern=r"^((mailto:|https://)[^\s]+)?$", max_length=254)] = ""
    """How operators of push services reach the centre: mailto: or https:; without it nothing is pushed."""
    internal_networks: tuple[Annotated[str, Meta(max_length=50)], ...] = ()
    """Internal networks with permitted push services, on any port."""


class LinkSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The link to centres on other deployments."""

    kind: Annotated[str, Meta(pattern=r"^[a-z0-9_]*$")] = ""
    """"nats" is hub/link/nats.py; "" is none."""
    settings: dict[str, object] = {}
    reports_to: tuple[str, ...] = ()
    """Codes of the centres that get daily figures for their totals, as the federal one."""
    file_limit: Annotated[int, Meta(ge=1 << 10, le=100 << 20)] = 20 << 20
    """Maximum bytes of a file of another centre's conversation."""


NOT_OF_THE_FILE = {"limited": f"use the environment, {LIMITS}=off", "former_keys": "the hub notes them itself"}
BEHIND_PROXY = "behind_proxy"
HAD_BEHIND_PROXY = frozenset({"web.chat", "web.form", "web.hook", "web.rasa", "sms.http"})
"""Drivers that had their own setting of this name before `listen.behind_proxy`."""


class ChannelSettings(Struct, frozen=True, forbid_unknown_fields=True):
    driver: Annotated[str, Meta(pattern=r"^[a-z]+\.[a-z_]+$")]
    settings: dict[str, object] = {}

    def own(self) -> dict[str, object]:
        """The settings for the driver."""
        old = {BEHIND_PROXY} if self.driver in HAD_BEHIND_PROXY else set()
        return {name: value for name, value in self.settings.items() if name not in old}

    def behind_proxy(self) -> bool | None:
        """The old setting; None without it."""
        told = self.settings.get(BEHIND_PROXY) if self.driver in HAD_BEHIND_PROXY else None
        return cast("bool | None", told)  # load() refuses other values


class SystemSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A department's system, with its contract."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    contract: Contract
    driver: Annotated[str, Meta(pattern=r"^[a-z0-9_]+$")] = "department"
    settings: dict[str, object] = {}
    applications: str = ""
    """Format of its applications' numbers, as a regular expression; "" is any number."""
    municipal: bool = False
    """Whether its services are municipal."""
    department: Annotated[str, Meta(max_length=100)] = ""
    """Name of the department with this call centre, for operators; "" without a call centre."""
    answers_h: Annotated[float, Meta(gt=0, le=18)] = 12.0
    """Hours in which that call centre must answer; afterwards the matter returns here, in time for the promise."""

    def __post_init__(self) -> None:
        try:
            Pattern(self.applications, ignore_case=False)
        except PatternError as error:
            message = f"applications: {error}"
            raise ValueError(message) from error


class StatusSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Disclosure of applications' status."""

    required: Required = Required()
    municipal: bool = False
    """Whether the status of municipal services is disclosed, too (D17)."""
    even_s: Annotated[float, Meta(ge=0, le=10)] = 1.0
    """Minimum time of an answer, so that all take equally long."""


class PortalSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A portal whose register of services is pulled (KB-04)."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    driver: Annotated[str, Meta(pattern=r"^[a-z0-9_]+$")] = "portal"
    limit_s: Annotated[float, Meta(gt=0, le=600)] = 30.0
    settings: dict[str, object] = {}


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    queues: Annotated[tuple[Queue, ...], Meta(min_length=1)]
    topics: Annotated[tuple[Topic, ...], Meta(min_length=1)]
    centre: Centre = Centre()
    listen: Listen = Listen()
    data: str = "var"
    store: StoreSettings = StoreSettings()
    hubs: HubsSettings = HubsSettings()
    desk: DeskSettings = DeskSettings()
    oidc: OidcSettings = OidcSettings()
    esia: EsiaSettings = EsiaSettings()
    log: LogSettings = LogSettings()
    watchdog: WatchdogSettings = WatchdogSettings()
    traces: Traces = Traces()
    routing: Routing = Routing()
    notices: NoticeSettings = NoticeSettings()
    speech: SpeechSettings = SpeechSettings()
    robot: RobotSettings = RobotSettings()
    calls: CallSettings = CallSettings()
    keys: KeySettings = KeySettings()
    scanner: ScannerSettings = ScannerSettings()
    audit: AuditSettings = AuditSettings()
    retention: RetentionSettings = RetentionSettings()
    flood_limits: FloodLimits = FloodLimits()
    """Limits of one sender."""
    subject_requests: SubjectRequestSettings = SubjectRequestSettings()
    booking: BookingSettings = BookingSettings()
    surveys: SurveySettings = SurveySettings()
    quality: QualitySettings = QualitySettings()
    reports: ReportSettings = ReportSettings()
    open_data: OpenDataSettings = OpenDataSettings()
    webhooks: WebhookSettings = WebhookSettings()
    push: PushSettings = PushSettings()
    link: LinkSettings = LinkSettings()
    open311: Open311Settings = Open311Settings()
    """Cases of other systems' citizens."""
    channels: tuple[ChannelSettings, ...] = (ChannelSettings("web.chat"),)
    systems: tuple[SystemSettings, ...] = ()
    """Systems of departments."""
    status: StatusSettings = StatusSettings()
    portals: tuple[PortalSettings, ...] = ()
    """Portals whose registers are pulled."""
    directory: tuple[Listed, ...] = ()
    """External telephone numbers for consultations and transfers."""
    hours: tuple[Calendar, ...] = ()
    """Opening hours of lines, as in a roster; other lines are open round the clock."""
    articles: str = ""
    """A TOML file with the initial knowledge base, relative to the configuration file. "" is the built-in one."""
    catalogue: str = ""
    """A TOML file, or a folder of them, with the initial services, bodies and offices, relative to the configuration file.
    "demo" is the shipped example, "" is none."""
    scripts: str = ""
    """A TOML file with the initial scripts, relative to the configuration file. "" is the built-in one."""
    law: str = ""
    """A TOML file with the table of law for the registration of cases, relative to the configuration file. "" is the built-in one."""
    registry: str = ""
    """A TOML file of all centres and МФЦ, relative to the configuration file; or "demo", the shipped example. "" is none."""
    former_keys: tuple[str, ...] = ()
    """Not a key of the file: notices of the former keys in it."""
    limited: bool = True
    """Rate limits; only OKNO_LIMITS=off disables them, never the file."""

    def centres(self) -> dict[str, str]:
        """Each queue's centre."""
        return {queue.id: queue.centre or self.centre.code for queue in self.queues}


def read_toml(path: Path) -> dict[str, object]:
    """Read a TOML file; raises ConfigError, which names it."""
    try:
        return tomllib.loads(path.read_text(encoding="utf8"))
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise ConfigError(message) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{path}: not TOML: {error}"
        raise ConfigError(message) from error


def load(path: Path | None, environment: Mapping[str, str] = os.environ,
         also: Callable[["Config"], Iterable[ConfigFault]] = lambda _: ()) -> Config:
    """Read a file, or the built-in demonstration configuration without one; raises ConfigError with all faults.

    `also` finds more faults, in a configuration whose parts are valid by themselves and whose paths are those of the hub.
    """
    source = path or DEMO / "okno.toml"
    raw = read_toml(source)
    faults = [ConfigFault((key,), f"`{key}` is not a key of the file: {instead}") for key, instead in NOT_OF_THE_FILE.items() if key in raw]
    for key in NOT_OF_THE_FILE:
        raw.pop(key, None)
    raw["former_keys"], both = rename_former_keys(raw)
    faults += [ConfigFault(*each) for each in both]
    config, wrong = read_all(raw, partial(msgspec.convert, type=Config, str_keys=True), shape=Config)
    faults += wrong
    if config is not None:
        doubtful = {fault.key[:1] for fault in faults}
        faults += [fault for on, rule in RULES if doubtful.isdisjoint((key,) for key in on) for fault in rule(config)]
        strange = [*_faults_of(environment)]
        placed = config if strange else _override(config, source, environment)
        faults += [fault for fault in (*_hubs_faults(config, environment), *also(placed)) if fault.key[:1] not in doubtful]
        faults += strange
    raise_faults(faults)
    if config is None:
        raise AssertionError(source)  # an unreadable configuration has a fault
    config = _behind_proxy(config, said=BEHIND_PROXY in msgspec.convert(raw.get("listen", {}), dict[str, object]))
    return _override(config, source, environment)


def source_of(path: Path | None) -> Path:
    """The file that `load` reads."""
    return path or DEMO / "okno.toml"


def _behind_proxy(config: Config, *, said: bool) -> Config:
    """`listen.behind_proxy` if it is set; otherwise the old setting of any channel."""
    old = [each.behind_proxy() for each in config.channels]
    if said or True not in old:
        return config
    return msgspec.structs.replace(config, listen=msgspec.structs.replace(config.listen, behind_proxy=True))


def deprecated_settings(config: Config) -> list[str]:
    """A sentence for each former key, and for each channel that still has its own proxy setting."""
    holds = config.listen.behind_proxy
    proxies = [f"{each.driver}: behind_proxy {'repeats' if old == holds else 'contradicts'} listen.behind_proxy = {str(holds).lower()}, "
               "which holds for all who come by HTTP: take it out here and say it there"
               for each in config.channels if (old := each.behind_proxy()) is not None]
    return [*config.former_keys, *proxies]


def _hubs_faults(config: Config, environment: Mapping[str, str]) -> Iterator[ConfigFault]:
    if (environment.get(INNER) or config.hubs.inner) and config.store.kind != "mongodb":
        yield ConfigFault.of(("hubs",), 'several hubs need the store of several: store.kind = "mongodb" (okno migrate-store goes there)')
    if config.hubs.certificate and not config.hubs.authority:
        yield ConfigFault.of(("hubs",), "whose certificates the other hubs have is said by authority")


def _zone_faults(config: Config) -> Iterator[ConfigFault]:
    if config.centre.timezone not in available_timezones():
        yield ConfigFault.of(("centre", "timezone"), f"there is no zone {config.centre.timezone!r}")


def _store_faults(config: Config) -> Iterator[ConfigFault]:
    if config.store.kind == "mongodb" and not (config.store.uri or config.store.uri_file):
        yield ConfigFault.of(("store",), "mongodb needs uri, or uri_file where it has a password")
    if "@" in config.store.uri:
        yield ConfigFault.of(("store", "uri"), "a password has no place here: put the URI into a file of its own, and name it as "
                                               "store.uri_file")


def _topics_faults(config: Config) -> Iterator[ConfigFault]:
    try:
        check(config.topics)
    except RefusedError as error:
        yield ConfigFault.of(("topics",), str(error))


def _systems_faults(config: Config) -> Iterator[ConfigFault]:
    for name, ids in (("systems", [each.id for each in config.systems]), ("portals", [each.id for each in config.portals])):
        for number, id_ in enumerate(ids):
            if id_ in ids[:number]:
                yield ConfigFault.of((name, number, "id"), f"an id is taken twice: {id_}")


def _networks_faults(config: Config) -> Iterator[ConfigFault]:
    for key, told in ((("webhooks", "internal_networks"), config.webhooks.internal_networks),
                      (("push", "internal_networks"), config.push.internal_networks),
                      (("desk", "channel_networks"), config.desk.channel_networks)):
        try:
            networks(told)
        except msgspec.ValidationError as error:
            yield ConfigFault.of(key, str(error))


def _routing_faults(config: Config) -> Iterator[ConfigFault]:
    if config.routing.queue not in {queue.id for queue in config.queues}:
        yield ConfigFault(("routing", "queue"), f"routing.queue names no queue: {config.routing.queue}; {_named(config.centres())}")


def _listen_faults(config: Config) -> Iterator[ConfigFault]:
    if config.listen.redirect_port and not config.listen.certificate:
        yield ConfigFault.of(("listen", "redirect_port"), "without listen.certificate there is no https to be sent on to")


def _notices_faults(config: Config) -> Iterator[ConfigFault]:
    if config.notices.words().stop & config.notices.words().start:
        yield ConfigFault.of(("notices",), "one word both stops and starts")


def _sign_in_faults(config: Config) -> Iterator[ConfigFault]:
    if config.oidc.issuer and not (config.oidc.client and config.desk.origin):
        yield ConfigFault.of(("oidc",), "a provider needs oidc.client, and desk.origin to send people back to")
    for number, rule in enumerate(config.oidc.rules):
        for at, queue in enumerate(rule.queues):
            if queue not in config.centres():
                yield ConfigFault.of(("oidc", "rules", number, "queues", at), f"there is no queue {queue!r}: {_named(config.centres())}")
        if rule.centre and rule.centre not in config.centres().values():
            yield ConfigFault.of(("oidc", "rules", number, "centre"),
                                 f"no queue is of a centre {rule.centre!r}: {_named(set(config.centres().values()))}")


def _esia_faults(config: Config) -> Iterator[ConfigFault]:
    esia = config.esia
    if esia.address and not (esia.client and esia.origin and (esia.certificate_hash or esia.api == "v1")):
        yield ConfigFault.of(("esia",), "it needs client, origin, and for v2 certificate_hash")


def _hours_faults(config: Config) -> Iterator[ConfigFault]:
    for number, calendar in enumerate(config.hours):
        if wrong := _nowhere(calendar, config.centres()):
            yield ConfigFault(("hours", number), f"hours: {wrong}")


def _proxy_faults(config: Config) -> Iterator[ConfigFault]:
    for number, each in enumerate(config.channels):
        if not isinstance(each.behind_proxy(), bool | None):
            yield ConfigFault(("channels", number, "settings", BEHIND_PROXY), f"channels: {each.driver}: {BEHIND_PROXY} is true or false")


def _named(names: Iterable[str]) -> str:
    return f"there are {', '.join(sorted(names))}"


RULES: tuple[tuple[tuple[str, ...], Callable[[Config], Iterable[ConfigFault]]], ...] = (
    (("centre",), _zone_faults), (("store",), _store_faults), (("topics",), _topics_faults), (("systems", "portals"), _systems_faults),
    (("webhooks", "push"), _networks_faults), (("routing", "queues"), _routing_faults), (("listen",), _listen_faults),
    (("notices",), _notices_faults), (("oidc", "desk", "queues", "centre"), _sign_in_faults), (("esia",), _esia_faults),
    (("hours", "queues", "centre"), _hours_faults), (("channels",), _proxy_faults))
"""Rules for several keys, each with the tables that it reads: a rule is skipped if one of these has a fault itself."""


def _nowhere(calendar: Calendar, centres: Mapping[str, str]) -> str:
    """Why hours can never apply; "" if they can."""
    if calendar.queue and calendar.queue not in centres:
        return f"there is no queue {calendar.queue!r}"
    if calendar.centre and calendar.centre not in centres.values():
        return f"no queue is of a centre {calendar.centre!r}"
    if calendar.queue and calendar.centre not in {"", centres[calendar.queue]}:
        return f"the queue {calendar.queue!r} is not of the centre {calendar.centre!r}"
    return ""


def _booking(settings: BookingSettings, beside: Path) -> BookingSettings:
    file = DEMO / "receptions.toml" if settings.receptions == "demo" else beside / settings.receptions
    return msgspec.structs.replace(settings, receptions=str(file)) if settings.receptions else settings


def _faults_of(environment: Mapping[str, str]) -> Iterator[ConfigFault]:
    if listen := environment.get(LISTEN):
        _, colon, port = listen.rpartition(":")
        if not (colon and port.isascii() and port.isdigit() and int(port) < 1 << 16):
            yield ConfigFault((), f"{LISTEN} must be host:port, not {listen!r}")
    if (limits := environment.get(LIMITS, "on")) not in {"on", "off"}:
        yield ConfigFault((), f"{LIMITS} must be on or off, not {limits!r}")


def _override(config: Config, source: Path, environment: Mapping[str, str]) -> Config:
    beside = {"articles": config.articles, "scripts": config.scripts, "law": config.law}
    changes: dict[str, object] = {name: str(source.parent / file) for name, file in beside.items() if file}
    if config.registry:
        changes["registry"] = str(DEMO / "registry.toml" if config.registry == "demo" else source.parent / config.registry)
    if config.catalogue:
        changes["catalogue"] = str(DEMO / "catalogue" if config.catalogue == "demo" else source.parent / config.catalogue)
    robot, own_code = config.robot.project, config.robot.own_code
    changes["robot"] = msgspec.structs.replace(
        config.robot, project=str(source.parent / robot) if "/" in robot else robot,
        own_code=str(source.parent / own_code) if own_code else "")
    if config.store.uri_file:
        changes["store"] = msgspec.structs.replace(config.store, uri_file=str(source.parent / config.store.uri_file))
    if config.audit.copies:
        changes["audit"] = msgspec.structs.replace(config.audit, copies=str(source.parent / config.audit.copies))
    changes["booking"] = _booking(config.booking, source.parent)
    if config.speech.model:
        changes["speech"] = msgspec.structs.replace(config.speech, model=str(source.parent / config.speech.model))
    changes["hubs"] = msgspec.structs.replace(
        config.hubs, inner=environment.get(INNER) or config.hubs.inner,
        **{name: str(source.parent / path) for name in ("certificate", "key", "authority") if (path := getattr(config.hubs, name))})
    listens = msgspec.structs.replace(config.listen, **{
        name: str(source.parent / path) for name in ("certificate", "key") if (path := getattr(config.listen, name))})
    if listen := environment.get(LISTEN):
        host, _, port = listen.rpartition(":")
        listens = msgspec.structs.replace(listens, host=host.strip("[]"), port=int(port))
    kept = {"data": environment.get(DATA), "keys": (file := environment.get(KEY_FILE)) and kept_in(Path(file))}
    changes |= {name: value for name, value in kept.items() if value}
    changes["limited"] = environment.get(LIMITS) != "off"
    changes["listen"] = listens
    own = config.centre.code
    queues = tuple(msgspec.structs.replace(queue, centre=queue.centre or own) for queue in config.queues)
    return msgspec.structs.replace(config, queues=queues, **changes)
