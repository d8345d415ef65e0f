"""What is registered and must be answered: inquiry, request, complaint, notice of outdated information (RQ-01…RQ-04). Pure.

Its states are in state.py, what is done with it in transitions.py.
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
    """Information that is wrong or too old: a notice to whoever answers for it (AL-10)."""


class Label(StrEnum):
    """What a case is by law (CM-02)."""

    FZ59 = "59-fz"
    FZ210 = "210-fz"
    OUTSIDE = "outside"
    """No обращение by either law: an inquiry that the centre answers within its own term (D12)."""


NOWHERE = 0
"""The conversation of a case that nobody waits for."""
ALARMS = (80, 95, 100)
"""Per cent of the time at which an alarm is raised; the last one is the breach itself (RQ-06)."""


class CaseStep(Struct, frozen=True, omit_defaults=True):
    """What was done. `by` is a login, or "" for the hub itself."""

    at: datetime
    by: str
    act: Act
    state: CaseState
    why: str = ""
    """In words: the reason, or the answer."""
    to: str = ""
    """A line, a body, or the number of a case."""


class Classification(Struct, frozen=True, omit_defaults=True):
    """Under which topic it was put, of which version of the tree. None is ever overwritten (RQ-02)."""

    at: datetime
    by: str
    topic: str
    version: int


class Subject(Struct, frozen=True, omit_defaults=True):
    """What it is about, of the actual order in which a service was given (CM-04). Services and bodies are keys, or words."""

    service: str = ""
    authority: str = ""
    place: Place = Place()
    happened: date | None = None
    deviation: str = ""
    """In what the regulation was not kept to."""
    breach: Breach | None = None
    refusal: bool = False
    """About a refusal to take in documents, or to correct a mistake: answered sooner (210-ФЗ ст. 11.2 ч. 6)."""
    spot: Spot = Spot()


class Correction(Struct, frozen=True, omit_defaults=True):
    """What was stated of it was corrected; `before` is how it stood until then, so that what was counted can be counted again (CM-06)."""

    at: datetime
    by: str
    before: Subject


class LegalTerms(Struct, frozen=True, omit_defaults=True):
    """What the law made of it on the day that it came (law.py): a later change of the law does not reach it.

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
    """What a citizen is told whose words are no обращение by law."""


class DelegatedTo(Struct, frozen=True, omit_defaults=True):
    """The centre on another deployment that has it, or had it when it was answered."""

    handing: str
    """Names this sending at both ends."""
    centre: str
    """Its code."""
    number: str = ""
    """Under which it is registered there; "" until we know."""
    state: str = ""
    """How it stands there, a CaseState; "" until we know."""
    taken: datetime | None = None
    """When we heard that somebody there works on it."""
    heard: int = 0
    """How many of the steps there we know."""


class DelegatedFrom(Struct, frozen=True, omit_defaults=True):
    """The centre on another deployment that has entrusted it to us, and hears what becomes of it."""

    handing: str
    centre: str
    number: str
    """Its own."""
    by: str
    """The name of whoever has sent it."""
    why: str
    name: str = ""
    contact: str = ""
    """The citizen's name, number or mailbox: as much as is known there."""
    files: tuple[str, ...] = ()
    """Names of those that stay there."""
    through: tuple[str, ...] = ()
    """All centres that it has come over."""
    added: int = 0
    """How much of what was added there since is here, too."""


class Case(Stepped, frozen=True, omit_defaults=True, tag="case"):
    """One matter, over as many conversations as it takes. `number` is unique in the country (kernel/ids.py)."""

    number: str
    kind: CaseKind
    text: str
    """In the citizen's words, or as it was read back to him."""
    conversation: int
    """In which it was registered, or NOWHERE."""
    address: str
    """`plain` address of whoever is answered; "" where nobody is."""
    channel: str
    """Through which it came: a family, «voice»."""
    received: datetime
    ruling: LegalTerms
    due: datetime
    """Until when the answer is owed; while it is suspended nothing is."""
    line: str
    """The line that it lies in."""
    home: str
    """The line whose centre answers for it."""
    steps: tuple[CaseStep, ...]
    """From registration on; never empty."""
    filings: tuple[Classification, ...]
    """Never empty; the last one holds."""
    matter: Subject = Subject()
    read_back: bool = False
    """By telephone: it was read to the caller, who agreed (CM-01)."""
    identified: bool = False
    """He has proved who he is: through ЕСИА, or by what he has shown."""
    shown: str = ""
    """The kind of document that was seen; "" where ЕСИА has proved it, or nobody has."""
    partner: str = ""
    """The program that has handed it in for a citizen of its own; "" is none."""
    worker: str = ""
    """Login of whoever works on it; "" is nobody yet."""
    others: tuple[int, ...] = ()
    """Further conversations about it."""
    series: str = ""
    """The number of the first of those that belong together."""
    told: int = 0
    """How many of its steps its conversation tells of. The rest is told at the next start."""
    alarmed: int = 0
    """Per cent of the last alarm that was raised."""
    erased: datetime | None = None
    """When what is personal was taken out of it (retention_terms.py)."""
    restated: tuple[Correction, ...] = ()
    """How its matter was corrected, in order."""
    away: DelegatedTo | None = None
    origin: DelegatedFrom | None = None
    told_afar: int = 0
    """How many of its steps other centres were told of that must know."""

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
        """By which it is found as long as it is somebody's."""
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
    """The key under which a case was registered: a repeated one registers nothing."""

    key: str
    number: str


def moment_of(case: Case, percent: int) -> datetime:
    """When so many per cent of the time are over."""
    return case.registered + (case.due - case.registered) * percent / 100


def next_alarm(case: Case) -> datetime | None:
    """When the first alarm that was not raised yet is due."""
    return next((moment_of(case, percent) for percent in ALARMS if percent > case.alarmed), None)


def alarms(case: Case, now: datetime) -> tuple[int, ...]:
    """The alarms to raise now, in per cent."""
    if case.state not in OWED:
        return ()
    return tuple(percent for percent in ALARMS if percent > case.alarmed and moment_of(case, percent) <= now)


def overdue(case: Case, now: datetime) -> bool:
    return case.state in OWED and now > case.due


def given_order(number: str) -> datetime:
    """Numbers in the order in which their centre gave them, as a moment: the day, and as many milliseconds as the running number."""
    _, day, running, _ = number.split("-")
    return datetime.strptime(day, "%y%m%d").replace(tzinfo=UTC) + timedelta(milliseconds=int(running))


def proof(case: Case) -> str:
    """How he has proved who he is, as the audit has it; "" where he has not."""
    return (f"document: {case.shown}" if case.shown else "account") if case.identified else ""


def handing_of(number: str, sending: int) -> str:
    """What names a sending at both ends: the number of the sender's case, and which of its sendings it is, from 1 on."""
    return f"{number}/{sending}"


def number_of(handing: str) -> str:
    """Of the sender's case."""
    return handing.rpartition("/")[0]
