"""The configuration: one TOML file, and the environment for what differs from machine to machine.

Unknown keys and bad values stop the start; all are named with their lines (okno.faults.config_error). docs/configuration.md explains
every one.
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
from hub.dispatch.dispatcher import Patience
from hub.intake.flood_control import FloodLimits
from hub.integrations.application_status import Required
from hub.integrations.department_systems import Contract
from hub.kernel.errors import RefusedError
from hub.kernel.pattern_syntax import PatternError
from hub.kernel.patterns import Pattern
from hub.notifications.notice import Hours, Words
from hub.organisation.opening_hours import Calendar
from hub.organisation.phone_directory import Listed
from hub.organisation.queue import Queue, Topic
from hub.privacy.retention_terms import RetentionPeriods
from okno.faults.config_error import ConfigError, ConfigFault, raise_faults
from okno.faults.reader import read_all
from routing.matrix import Correction

LISTEN, INNER, DATA, LIMITS, KEY_FILE = "OKNO_LISTEN", "OKNO_INNER", "OKNO_DATA", "OKNO_LIMITS", "OKNO_KEY_FILE"
DEMO = Path(__file__).parent / "demo"

Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Days = Annotated[int, Meta(ge=0, le=36_500)]
Years = Annotated[int, Meta(ge=0, le=100)]
Word = Annotated[str, Meta(pattern=r"[^\W_]", max_length=40)]


class Centre(Struct, frozen=True, forbid_unknown_fields=True):
    """Which centre this is. `code` begins its conversation numbers and is unique in the country."""

    code: Annotated[str, Meta(pattern=r"^[0-9]{3}$")] = "000"
    name: str = "Демонстрационный центр"
    level: Literal["federal", "regional", "municipal"] = "regional"
    timezone: str = "Europe/Moscow"


PATIENCE_S = 75.0


class Listen(Struct, frozen=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8080
    """0 takes any free one."""
    certificate: str = ""
    """A PEM file with a certificate and those that lead to its authority, beside the configuration file; "" is plain HTTP."""
    key: str = ""
    """Its key; "" where it stands in the same file."""
    redirect_port: Annotated[int, Meta(ge=0, le=65535)] = 0
    """Where plain HTTP is sent on to https; 0 is nowhere."""
    secure: bool = False
    """Reached by https only (behind our own proxy): cookies say so."""
    behind_proxy: bool = False
    """Callers' addresses are in the last X-Forwarded-For, which our own proxy has written."""
    watchers: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks that may read /metrics."""
    patience_s: Annotated[float, Meta(gt=0)] = PATIENCE_S
    """Timeout of slow clients. Proxies keep lines open for less (nginx: 60 s), so that they find none closed."""

    @property
    def https(self) -> bool:
        """Whether all clients use https, wherever it ends."""
        return self.secure or bool(self.certificate)


class StoreSettings(Struct, frozen=True, forbid_unknown_fields=True):
    kind: Literal["sqlite", "mongodb", "memory"] = "sqlite"
    """memory forgets everything at the end: for trials and tests."""
    uri: str = ""
    """Of a replica set or a sharded cluster, as mongodb://a.example,b.example,c.example/?replicaSet=okno, without a password."""
    uri_file: str = ""
    """A file with the URI as its first line, where it has a password."""
    name: Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,38}$")] = "okno"
    """Of the database in MongoDB."""


class HubsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Several hubs on one MongoDB, one of which leads."""

    inner: Annotated[str, Meta(pattern=r"^(\S+:\d{1,5})?$")] = ""
    """host:port where this hub listens to the others, and they reach it; "" is one that nobody else reaches."""
    certificate: str = ""
    """What the hubs show each other: a PEM file with this one's certificate; "" is plain HTTP, for a network of their own."""
    key: str = ""
    """Its key."""
    authority: str = ""
    """Whose certificates a hub of this centre has, and nobody else."""
    lease_s: Annotated[float, Meta(ge=1, le=60)] = 3.0
    """After so long without a renewal another hub leads."""

    def place(self) -> tuple[str, int]:
        """Address of this hub for the others: any free port of this machine where there are none."""
        host, _, port = (self.inner or "127.0.0.1:0").rpartition(":")
        return host.strip("[]"), int(port)


class DeskSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How operators sign in."""

    second_factor: SecondFactorDemand = SecondFactorDemand.OFFERED
    """off, offered or required."""
    required_for: tuple[Role, ...] = ()
    """Roles that must have a second factor where it is only offered."""
    origin: Annotated[str, Meta(pattern=r"^(https?://[^/?#]+)?$")] = ""
    """Where the desk is reached, as https://desk.example; without it there are no passkeys."""
    rp_id: str = ""
    """The domain that passkeys are for: the host of `origin`, which is meant by "", or a domain above it."""
    idle_min: Annotated[float, Meta(ge=0, le=720)] = 60
    """Minutes after which a session that nobody touches ends; 0 is never."""
    leaked: str = ""
    """A file of Pwned Passwords, ordered by hash; "" is none."""

    def idle(self) -> timedelta | None:
        return timedelta(minutes=self.idle_min) if self.idle_min else None

    def policy(self) -> SecondFactorPolicy:
        return SecondFactorPolicy(self.second_factor, self.required_for)


class OidcSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Operators from a provider of OpenID Connect."""

    issuer: Annotated[str, Meta(pattern=r"^(https://.+|http://(localhost|127\.0\.0\.1)(:\d+)?(/.*)?)?$")] = ""
    """What the provider calls itself; "" is none."""
    client: str = ""
    secret_file: str = ""
    """A file with the client's secret; "" is a public client."""
    title: str = "Войти через единый вход"
    scopes: tuple[str, ...] = ("openid", "profile")
    login: str = "preferred_username"
    """The claim that is the login here."""
    name: str = "name"
    claim: str = "groups"
    """The claim that the rules are about."""
    acr: tuple[str, ...] = ()
    """Ways of signing in there that are good enough; any where none is named."""
    rules: tuple[GroupRoleMapping, ...] = ()
    """The first that fits counts; whom none fits is not let in."""


class EsiaSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Verification of citizens by their accounts at Госуслуги."""

    address: Annotated[str, Meta(pattern=r"^(https://[^/]+|http://(localhost|127\.0\.0\.1)(:\d+)?)?$")] = ""
    """Of ЕСИА, as https://esia.gosuslugi.ru; "" is none."""
    client: str = ""
    """The mnemonic of the information system."""
    origin: Annotated[str, Meta(pattern=r"^(https?://[^/]+)?$")] = ""
    """Where citizens reach this hub; they come back to /verify/end there."""
    api: Literal["v1", "v2"] = "v2"
    certificate_hash: str = ""
    """Of the certificate in DER by GOST R 34.11-2012, in hex; v2 wants it."""
    issuer: str = "http://esia.gosuslugi.ru/"
    """What ЕСИА calls itself in its tokens."""
    algorithm: str = "GOST3410_2012_256"
    pkce: bool = False
    """Whether codes are bound by PKCE (RFC 7636), where ЕСИА has it for this system."""
    signer: Annotated[str, Meta(pattern=r"^[a-z0-9_]+$")] = "command"
    settings: dict[str, object] = {}


class LogSettings(Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal["human", "json"] = "human"
    level: Literal["debug", "info", "warning", "error"] = "info"


class WatchdogSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """When a hung hub is terminated and restarted."""

    stall_s: Annotated[float, Meta(ge=2, le=600)] = 10.0
    """Seconds for which the event loop may be blocked once the hub has started."""


class Traces(Struct, frozen=True, forbid_unknown_fields=True):
    """Export of trace spans."""

    endpoint: Annotated[str, Meta(pattern=r"^(https?://[^/?#@]+/.*)?$")] = ""
    """An OTLP collector, as http://collector:4318/v1/traces; "" is nowhere."""
    share: Annotated[float, Meta(ge=0, le=1)] = 1.0
    """Of all conversations, those that are traced; all hubs choose the same."""


class Routing(Struct, frozen=True, forbid_unknown_fields=True):
    queue: str = "general"
    """Where the robot hands over to."""
    offer_s: Annotated[int, Meta(ge=5, le=600)] = 30
    """How long an offer may be left unanswered."""
    call_offer_s: Annotated[int, Meta(ge=5, le=600)] = 15
    """The same for a call."""
    absence_s: Annotated[int, Meta(ge=5, le=3600)] = 60
    """After a restart: how long an operator may take to come back to what he held."""
    remembers_h: Annotated[float, Meta(ge=0, le=168)] = 4
    """For so long a citizen who comes back is offered first to whoever served him."""
    corrections: tuple[Correction, ...] = ()
    """Hand-overs of D6 that this hub permits: what came to the wrong territory, and standing in for a centre."""
    standby: dict[str, tuple[str, ...]] = {}
    """Code of a centre to those that stand in for it when nobody serves it, best first."""
    wrap_up_s: Annotated[int, Meta(ge=0, le=3600)] = 0
    """For so long after a call its operator is offered nothing."""
    redial_s: Annotated[int, Meta(ge=0, le=3600)] = 300
    """For so long the place in line of a citizen who has left is kept."""

    def patience(self) -> Patience:
        return Patience(self.offer_s, self.call_offer_s, self.absence_s, self.remembers_h)


class NoticeSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """When notices do not go out, and the words that refuse them and take that back; people are told the first of each."""

    quiet_from: Clock = "21:00"
    quiet_until: Clock = "09:00"
    """By the clock of the citizen's region; none when both are the same."""
    stop: Annotated[tuple[Word, ...], Meta(min_length=1)] = ("СТОП", "STOP", "ОТПИСАТЬСЯ", "ОТПИСКА", "UNSUBSCRIBE")
    start: Annotated[tuple[Word, ...], Meta(min_length=1)] = ("СТАРТ", "START", "ПОДПИСАТЬСЯ", "SUBSCRIBE")

    def hours(self) -> Hours:
        return Hours(time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_until))

    def words(self) -> Words:
        return Words.of(self.stop, self.start)


class SpeechSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Recognition of what citizens speak."""

    model: str = ""
    """A folder with a Whisper model for CTranslate2; beside the configuration file. "" is none: operators listen for themselves."""
    language: str = "ru"
    threads: Annotated[int, Meta(ge=1, le=64)] = 2


class RobotSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The robot's dialogue."""

    project: str = ""
    """What speaks until designers publish their own: a project that Okno brings along, by its name, or a folder beside the
    configuration file, with a "/" in it. "" is none: the robot answers from articles alone."""
    own_code: str = ""
    """A folder, beside the configuration file, whose package `actions` is run in the hub's own process, with all its rights; "" is
    none. What designers publish never is."""
    action_server: str = ""
    """Where all other custom actions are run, as http://localhost:5055/webhook; "" is nowhere."""
    rasa: Annotated[str, Meta(pattern=r"^(https?://[^/]+.*)?$")] = ""
    """A Rasa server that has the dialogues, as http://localhost:5005; "" is none. Where it fails, what is published goes on."""
    rasa_timeout_s: Annotated[float, Meta(gt=0, le=20)] = 5.0
    rasa_token_file: str = ""
    """What it is brought as `Authorization: Bearer …`; "" is nothing."""


class TalkSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Talks by telephone."""

    listeners_shown: bool = True
    """Whether an operator sees silent listeners; whispering and joined supervisors are always shown."""


class KeySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Keeper of the keys that encrypt stored data."""

    keeper: Annotated[str, Meta(pattern=r"^[a-z0-9_]*$")] = ""
    """"" is nobody: files lie in clear."""
    settings: dict[str, object] = {}


def kept_in(file: Path) -> KeySettings:
    """Keys that lie in a file."""
    return KeySettings("file", {"path": str(file)})


class ScannerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Malware scanner for received files."""

    driver: Annotated[str, Meta(pattern=r"^[a-z0-9_]*$")] = ""
    """"" is nobody: files open as they come."""
    settings: dict[str, object] = {}


class AuditSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What is done with the audit."""

    copies: str = ""
    """A folder, beside the configuration file, that gets a copy of each seal and that somebody else keeps; "" is none."""


class ScheduleSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """An external appointment system: an АИС МФЦ."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    """A reception names it as `outside`."""
    driver: Annotated[str, Meta(pattern=r"^[a-z0-9_]+$")] = "mfc"
    limit_s: Annotated[float, Meta(gt=0, le=20)] = 3.0
    """Nobody waits longer for an answer."""
    every_s: Annotated[float, Meta(ge=1, le=3600)] = 30.0
    """How often it is asked what has become of visits."""
    settings: dict[str, object] = {}


class BookingSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Offices that receive by appointment."""

    receptions: str = ""
    """A TOML file with their windows and rules, beside the configuration file; or "demo". "" is none: nobody is booked."""
    systems: tuple[ScheduleSettings, ...] = ()


class RetentionSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Retention periods."""

    quiet_days: Days = 0
    """Since something was said last in a conversation with the robot: then it is closed. 0 is for ever, here and below."""
    conversations_days: Days = 0
    """After a conversation was closed."""
    federal_days: Annotated[int, Meta(ge=1, le=36_500)] = 1
    """The same of federal lines."""
    recordings_days: Days = 0
    transcripts_days: Days = 0
    attachments_days: Days = 0
    """After their conversation was closed."""
    opt_outs_days: Days = 0
    appointments_days: Days = 90
    """After their time."""
    surveys_days: Days = 90
    """After a survey is over: then the answers of people are nobody's, and only counts stay."""
    quality_days: Days = 365
    """After a score is settled, or a citizen was asked how content he was."""
    flags_days: Days = 1095
    """After what was out of date was put right."""
    sought_days: Days = 365
    """After an operator has sought it in vain for the last time."""
    events_days: Days = 90
    """After another system has taken an event."""
    cases_59fz_years: Years = 5
    """After the year in which a case ended (приказ Росархива от 20.12.2019 № 236)."""
    cases_210fz_years: Years = 5
    cases_outside_years: Years = 3
    """Of what is no обращение by either law: as long as somebody may go to court for it (ГК РФ ст. 196)."""

    def cases(self, zone: tzinfo) -> CaseTerms:
        years = {Label.FZ59: self.cases_59fz_years, Label.FZ210: self.cases_210fz_years, Label.OUTSIDE: self.cases_outside_years}
        return CaseTerms({label: number for label, number in years.items() if number}, zone)

    def terms(self) -> RetentionPeriods:
        def term(days: int) -> timedelta | None:
            return timedelta(days=days) if days else None
        return RetentionPeriods(term(self.quiet_days), term(self.conversations_days), term(self.federal_days), term(self.recordings_days),
                     term(self.transcripts_days), term(self.attachments_days), term(self.opt_outs_days), term(self.appointments_days),
                     term(self.surveys_days), term(self.quality_days), term(self.flags_days), term(self.sought_days),
                     term(self.events_days))


class RightsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of answers to subject requests."""

    names: bool = False
    """Whether they are told who has looked by name, and not by role and centre alone."""


class SurveySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Surveys of people who were served."""

    address: Annotated[str, Meta(pattern=r"^(https?://[^/?#]+)?$")] = ""
    """Where citizens reach this hub, as https://hub.example: links of invitations begin so. "" is nowhere, and nobody is invited."""
    pause_days: Annotated[int, Meta(ge=0, le=3650)] = 90
    """For so long nobody who was drawn is drawn again. 0 is no pause."""


class QualitySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Quality control and customer satisfaction."""

    ask: tuple[Annotated[str, Meta(max_length=50)], ...] = ("web", "messenger", "sms", "email", "voice")
    """Where citizens are asked after a contact: drivers, as "web.chat", or families, as "sms"; none is nowhere.

    By fax nobody could answer.
    """
    pause_hours: Annotated[int, Meta(ge=0, le=8760)] = 24
    """For so long whoever was asked is not asked again. 0 is no pause."""
    least: Annotated[int, Meta(ge=3, le=1000)] = 5
    """No group of fewer answers is ever shown."""
    appeal_days: Annotated[int, Meta(ge=1, le=60)] = 5
    """Working days for which an operator may object to his score."""


class ReportSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Reports that go out by e-mail."""

    to: tuple[Annotated[str, Meta(pattern=r"^([^@\s]+@)?[^@\s]+\.[^@\s]+$", max_length=254)], ...] = ()
    """Addresses, and domains whose addresses, figures may go to; none is nowhere."""


class EventSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Webhook subscribers."""

    inside: tuple[Annotated[str, Meta(max_length=50)], ...] = ()
    """Networks of the house that may be told as well, on any port."""


class LinkSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The link to centres on other deployments."""

    kind: Annotated[str, Meta(pattern=r"^[a-z0-9_]*$")] = ""
    """"nats" is hub/link/nats.py; "" is none."""
    settings: dict[str, object] = {}
    reports_to: tuple[str, ...] = ()
    """Codes of the centres that add up the figures of days, as the federal one."""
    file_limit: Annotated[int, Meta(ge=1 << 10, le=100 << 20)] = 20 << 20
    """Bytes of a file that follows a conversation of another centre."""


BEHIND_PROXY = "behind_proxy"
HAD_BEHIND_PROXY = frozenset({"web.chat", "web.form", "web.hook", "web.rasa", "sms.http"})
"""Drivers that had a setting of this name before `listen.behind_proxy` was for all of them."""


class ChannelSettings(Struct, frozen=True, forbid_unknown_fields=True):
    driver: Annotated[str, Meta(pattern=r"^[a-z]+\.[a-z_]+$")]
    settings: dict[str, object] = {}

    def own(self) -> dict[str, object]:
        """What the driver is told."""
        old = {BEHIND_PROXY} if self.driver in HAD_BEHIND_PROXY else set()
        return {name: value for name, value in self.settings.items() if name not in old}

    def behind_proxy(self) -> bool | None:
        """The old setting; None where it is not given."""
        told = self.settings.get(BEHIND_PROXY) if self.driver in HAD_BEHIND_PROXY else None
        return cast("bool | None", told)  # load() sees to it


class SystemSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A department's system, with its contract."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    contract: Contract
    driver: Annotated[str, Meta(pattern=r"^[a-z0-9_]+$")] = "department"
    settings: dict[str, object] = {}
    applications: str = ""
    """How the numbers of its applications look, as a regular expression; "" is any number."""
    municipal: bool = False
    """Whether its services are municipal."""
    department: Annotated[str, Meta(max_length=100)] = ""
    """Whose call centre it is, as operators choose it; "" where it is none."""
    answers_h: Annotated[float, Meta(gt=0, le=18)] = 12.0
    """Within so many hours that call centre answers; then the matter is ours again, and there is time left to keep the promise."""

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
    """Whether municipal services are told of as well as the state's (D17)."""
    even_s: Annotated[float, Meta(ge=0, le=10)] = 1.0
    """No answer comes earlier, so that all take as long."""


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
    talks: TalkSettings = TalkSettings()
    keys: KeySettings = KeySettings()
    scanner: ScannerSettings = ScannerSettings()
    audit: AuditSettings = AuditSettings()
    retention: RetentionSettings = RetentionSettings()
    senders: FloodLimits = FloodLimits()
    """What one sender may have at once."""
    rights: RightsSettings = RightsSettings()
    booking: BookingSettings = BookingSettings()
    surveys: SurveySettings = SurveySettings()
    quality: QualitySettings = QualitySettings()
    reports: ReportSettings = ReportSettings()
    events: EventSettings = EventSettings()
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
    """Telephones outside that operators may ask and pass citizens to."""
    hours: tuple[Calendar, ...] = ()
    """When the lines are open, as in a roster; those that nothing is said of are open round the clock."""
    articles: str = ""
    """A TOML file that fills an empty knowledge base; beside the configuration file. "" is the built-in one."""
    catalogue: str = ""
    """A TOML file, or a folder of them, that fills an empty handbook of services, bodies and offices; beside the configuration file.
    "demo" is the example that Okno brings along, "" is none."""
    scripts: str = ""
    """A TOML file with the scripts that an empty library is filled with; beside the configuration file. "" are the built-in ones."""
    law: str = ""
    """A TOML file with the table of law that cases are registered under; beside the configuration file. "" is the built-in one."""
    registry: str = ""
    """A TOML file of all centres and МФЦ, beside the configuration file; or "demo", the example that Okno brings along. "" is none."""
    limited: bool = True
    """Rate limits; switched off by OKNO_LIMITS=off only, never by the file."""

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
    """Read a file, or the built-in demonstration configuration without one; raises ConfigError with all that is wrong.

    `also` finds more faults, in a configuration whose parts are right by themselves.
    """
    source = path or DEMO / "okno.toml"
    raw = read_toml(source)
    faults = [ConfigFault.of(("limited",), f"this is no key of the file: use the environment, {LIMITS}=off")] if "limited" in raw else []
    raw.pop("limited", None)
    config, wrong = read_all(raw, partial(msgspec.convert, type=Config, str_keys=True))
    faults += wrong
    if config is not None:
        doubtful = {fault.key[:1] for fault in faults}
        faults += [fault for on, rule in RULES if doubtful.isdisjoint((key,) for key in on) for fault in rule(config)]
        faults += [fault for fault in (*_hubs_faults(config, environment), *also(config)) if fault.key[:1] not in doubtful]
    faults += _faults_of(environment)
    raise_faults(faults)
    if config is None:
        raise AssertionError(source)  # what cannot be read has a fault
    config = _behind_proxy(config, said=BEHIND_PROXY in msgspec.convert(raw.get("listen", {}), dict[str, object]))
    return _override(config, source, environment)


def source_of(path: Path | None) -> Path:
    """The file that `load` reads."""
    return path or DEMO / "okno.toml"


def _behind_proxy(config: Config, *, said: bool) -> Config:
    """`listen.behind_proxy` where it is said; else what any channel says of old."""
    old = [each.behind_proxy() for each in config.channels]
    if said or True not in old:
        return config
    return msgspec.structs.replace(config, listen=msgspec.structs.replace(config.listen, behind_proxy=True))


def old_proxy_settings(config: Config) -> list[str]:
    """A sentence for each channel that still has its own proxy setting."""
    holds = config.listen.behind_proxy
    return [f"{each.driver}: behind_proxy {'repeats' if old == holds else 'contradicts'} listen.behind_proxy = {str(holds).lower()}, "
            "which holds for all who come by HTTP: take it out here and say it there"
            for each in config.channels if (old := each.behind_proxy()) is not None]


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


def _events_faults(config: Config) -> Iterator[ConfigFault]:
    try:
        networks(config.events.inside)
    except msgspec.ValidationError as error:
        yield ConfigFault.of(("events", "inside"), str(error))


def _routing_faults(config: Config) -> Iterator[ConfigFault]:
    if config.routing.queue not in {queue.id for queue in config.queues}:
        yield ConfigFault(("routing", "queue"), f"routing.queue names no queue: {config.routing.queue}")


def _listen_faults(config: Config) -> Iterator[ConfigFault]:
    if config.listen.redirect_port and not config.listen.certificate:
        yield ConfigFault.of(("listen", "redirect_port"), "without listen.certificate there is no https to be sent on to")


def _notices_faults(config: Config) -> Iterator[ConfigFault]:
    if config.notices.words().stop & config.notices.words().start:
        yield ConfigFault.of(("notices",), "one word both stops and starts")


def _sign_in_faults(config: Config) -> Iterator[ConfigFault]:
    if config.oidc.issuer and not (config.oidc.client and config.desk.origin):
        yield ConfigFault.of(("oidc",), "a provider needs oidc.client, and desk.origin to send people back to")


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


RULES: tuple[tuple[tuple[str, ...], Callable[[Config], Iterable[ConfigFault]]], ...] = (
    (("centre",), _zone_faults), (("store",), _store_faults), (("topics",), _topics_faults), (("systems", "portals"), _systems_faults),
    (("events",), _events_faults), (("routing", "queues"), _routing_faults), (("listen",), _listen_faults),
    (("notices",), _notices_faults), (("oidc", "desk"), _sign_in_faults), (("esia",), _esia_faults),
    (("hours", "queues", "centre"), _hours_faults), (("channels",), _proxy_faults))
"""What several keys must be together, and the tables that a rule reads: where one of these is wrong itself, the rule is not asked."""


def _nowhere(calendar: Calendar, centres: Mapping[str, str]) -> str:
    """Why hours would never apply; "" when they may."""
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
