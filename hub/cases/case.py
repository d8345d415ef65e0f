"""A registered case with an owed answer: inquiry, request, complaint, notice of outdated information (RQ-01…RQ-04). Pure.

Its states are in state.py, the actions on it in transitions.py.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from hub.cases.breaches import Breach
from hub.cases.state import FINAL, OPEN, OWED, Act, CaseState
from hub.kernel.document import Document, Stepped
from hub.kernel.indexes import IndexEntry
from hub.organisation.legal_terms import LegalTerm
from hub.organisation.territory import Place, Spot


class CaseKind(StrEnum):
    INQUIRY = "inquiry"
    REQUEST = "request"
    COMPLAINT = "complaint"
    OUTDATED = "outdated"
    """Wrong or outdated information: a notice to the responsible body (AL-10)."""


class Label(StrEnum):
    """The legal class of a case (CM-02)."""

    FZ59 = "59-fz"
    FZ210 = "210-fz"
    OUTSIDE = "outside"
    """No обращение by either law: an inquiry that the centre answers within its own term (D12)."""


NOWHERE = 0
"""The conversation of a case without a waiting citizen."""
ALARMS = (80, 95, 100)
"""Per cent of the time at which an alarm is raised; the last one is the breach (RQ-06)."""


class CaseStep(Struct, frozen=True, omit_defaults=True):
    """One step. `by` is a login, or "" for the hub."""

    at: datetime
    by: str
    act: Act
    state: CaseState
    why: str = ""
    """In words: the reason, or the answer."""
    to: str = ""
    """A line, a body, or the number of a case."""


class Classification(Struct, frozen=True, omit_defaults=True):
    """Topic of a case in a version of the tree. Classifications are never overwritten (RQ-02)."""

    at: datetime
    by: str
    topic: str
    version: int


class Subject(Struct, frozen=True, omit_defaults=True):
    """The subject of a complaint, in terms of how a service was actually provided (CM-04). Services and bodies are keys, or words."""

    service: str = ""
    authority: str = ""
    place: Place = Place()
    happened: date | None = None
    deviation: str = ""
    """Deviation from the regulation."""
    breach: Breach | None = None
    refusal: bool = False
    """About rejected documents or an uncorrected error: shorter term (210-ФЗ ст. 11.2 ч. 6)."""
    spot: Spot = Spot()
    ongoing: bool = False
    """The violation goes on: the answer is due within a day (CM-10)."""


class Correction(Struct, frozen=True, omit_defaults=True):
    """A correction of the subject; `before` is the former one, so that old statistics can be reproduced (CM-06)."""

    at: datetime
    by: str
    before: Subject


class LegalTerms(Struct, frozen=True, omit_defaults=True):
    """Legal terms by the law of the day of registration (law.py): later changes of the law do not apply.

    Moments are the ends of the last days, in the centre's zone.
    """

    rule: str
    label: Label
    source: str
    register_by: datetime
    answer: LegalTerm
    forward_by: datetime | None = None
    extend_days: int = 0
    suspendable: bool = False
    offer: str = ""
    """Text for a citizen whose message is no обращение by law."""


class DelegatedTo(Struct, frozen=True, omit_defaults=True):
    """The centre on another deployment that has it, or answered it."""

    handing: str
    """Id of the delegation at both ends."""
    centre: str
    """Its code."""
    number: str = ""
    """Its number there; "" while unknown."""
    state: str = ""
    """Its CaseState there; "" while unknown."""
    taken: datetime | None = None
    """When we were informed that work on it began there."""
    heard: int = 0
    """Number of its steps there that are known here."""


class DelegatedFrom(Struct, frozen=True, omit_defaults=True):
    """The centre on another deployment that delegated it, and is informed of its course."""

    handing: str
    centre: str
    number: str
    """Its own."""
    by: str
    """Name of the sender."""
    why: str
    name: str = ""
    contact: str = ""
    """The citizen's name, number or mailbox, as far as it is known there."""
    files: tuple[str, ...] = ()
    """Names of files that were not sent."""
    through: tuple[str, ...] = ()
    """All centres on its way."""
    added: int = 0
    """Number of later additions known here."""


class Case(Stepped, frozen=True, omit_defaults=True, tag="case"):
    """One subject over any number of conversations. `number` is unique in the country (kernel/ids.py)."""

    number: str
    kind: CaseKind
    text: str
    """In the citizen's words, or as read back to the citizen."""
    conversation: int
    """In which it was registered, or NOWHERE."""
    address: str
    """`plain` address for the answer; "" for none."""
    channel: str
    """The family of the channel: «voice»."""
    received: datetime
    ruling: LegalTerms
    due: datetime
    """Deadline of the answer; not running while suspended."""
    line: str
    """Its current line."""
    home: str
    """The line of the responsible centre."""
    steps: tuple[CaseStep, ...]
    """From registration on; never empty."""
    filings: tuple[Classification, ...]
    """Never empty; the last one is current."""
    matter: Subject = Subject()
    read_back: bool = False
    """By telephone: read back to the caller, who agreed (CM-01)."""
    identified: bool = False
    """The citizen was identified: through ЕСИА, or by a document."""
    shown: str = ""
    """The kind of document; "" for ЕСИА, or without identification."""
    partner: str = ""
    """The partner program that submitted it for a citizen; "" is none."""
    worker: str = ""
    """Login of its operator; "" is nobody yet."""
    others: tuple[int, ...] = ()
    """Further conversations about it."""
    series: str = ""
    """The number of the first case of its series."""
    told: int = 0
    """Number of steps reported in its conversation. The rest is reported at the next start."""
    alarmed: int = 0
    """Per cent of the last alarm."""
    erased: datetime | None = None
    """When its personal data was erased (retention.py)."""
    restated: tuple[Correction, ...] = ()
    """Corrections of its subject, in order."""
    away: DelegatedTo | None = None
    origin: DelegatedFrom | None = None
    told_afar: int = 0
    """Number of steps reported to the other centres concerned."""

    @property
    def state(self) -> CaseState:
        return self.steps[-1].state

    @property
    def topic(self) -> str:
        return self.filings[-1].topic

    @property
    def registered(self) -> datetime:
        return self.steps[0].at

    @property
    def into(self) -> str:
        """The case that it was merged into."""
        return self.steps[-1].to if self.state is CaseState.MERGED else ""

    @property
    def extended(self) -> bool:
        return any(step.act is Act.EXTEND for step in self.steps)

    @property
    def elsewhere(self) -> bool:
        """Whether another centre works on it."""
        return self.away is not None and self.state in OPEN

    def marks(self) -> Iterator[IndexEntry]:
        yield from self._partners_marks()
        yield from self._marks_afar()
        yield IndexEntry("all", at=self.registered)
        yield IndexEntry("numbered", self.number.partition("-")[0], given_order(self.number))
        yield IndexEntry("home", self.home, self.registered)
        yield IndexEntry("topic", self.topic, self.registered)
        if self.erased is None:
            yield from self._marks()

    def _marks(self) -> Iterator[IndexEntry]:
        """Index entries, until its data is erased."""
        for talk in filter(None, (self.conversation, *self.others)):
            yield IndexEntry("conversation", str(talk), self.registered)
        yield IndexEntry("state", self.state, self.registered)
        if self.address:
            yield IndexEntry("person", self.address, self.registered)
        if self.worker and self.state not in FINAL:
            yield IndexEntry("worker", self.worker, self.due)
        if self.state in OPEN:
            yield IndexEntry("line", self.line, self.due)
        if self.state in OWED:
            yield IndexEntry("owed", self.home, self.due)
            yield IndexEntry("due", at=self.due)
            if (alarm := next_alarm(self)) is not None:
                yield IndexEntry("alarm", at=alarm)
        if self.series:
            yield IndexEntry("series", self.series, self.registered)
        if self.into:
            yield IndexEntry("into", self.into, self.registered)
        if self.conversation and self.told < len(self.steps):
            yield IndexEntry("untold", at=self.registered)

    def _partners_marks(self) -> Iterator[IndexEntry]:
        for partner in ("", self.partner) if self.partner else ():
            yield IndexEntry("partner", partner, self.registered)
            yield IndexEntry("partner_news", partner, self.steps[-1].at)

    def _marks_afar(self) -> Iterator[IndexEntry]:
        travels = self.origin is not None or any(step.act is Act.ENTRUST for step in self.steps)
        if travels and self.told_afar < len(self.steps):
            yield IndexEntry("untold_afar", at=self.steps[-1].at)
        if self.elsewhere and self.away is not None and not self.away.number:
            yield IndexEntry("unheard", at=self.steps[-1].at)


class CaseKey(Document, frozen=True, tag="case_key"):
    """The idempotency key of a registration."""

    key: str
    number: str


def moment_of(case: Case, percent: int) -> datetime:
    """The moment at which a percentage of the time has passed."""
    return case.registered + (case.due - case.registered) * percent / 100


def next_alarm(case: Case) -> datetime | None:
    """The moment of the next alarm."""
    return next((moment_of(case, percent) for percent in ALARMS if percent > case.alarmed), None)


def alarms(case: Case, now: datetime) -> tuple[int, ...]:
    """The alarms to raise now, in per cent."""
    if case.state not in OWED:
        return ()
    return tuple(percent for percent in ALARMS if percent > case.alarmed and moment_of(case, percent) <= now)


def overdue(case: Case, now: datetime) -> bool:
    return case.state in OWED and now > case.due


def given_order(number: str) -> datetime:
    """The order of numbers within a centre, as a moment: the day, and the running number in milliseconds."""
    _, day, running, _ = number.split("-")
    return datetime.strptime(day, "%y%m%d").replace(tzinfo=UTC) + timedelta(milliseconds=int(running))


def proof(case: Case) -> str:
    """How the citizen was identified, for the audit; "" without identification."""
    return (f"document: {case.shown}" if case.shown else "account") if case.identified else ""


def handing_of(number: str, sending: int) -> str:
    """Id of a delegation at both ends: the number of the sender's case, and the count of its delegations, from 1."""
    return f"{number}/{sending}"


def number_of(handing: str) -> str:
    """The number of the sender's case."""
    return handing.rpartition("/")[0]
