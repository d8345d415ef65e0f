"""Messages between centres on different deployments about a delegated case (0090). Pure.

sent ──► told, told, told      (each with all steps done there so far)
   ╲
    ├──► added, added          (each with all additions of the citizen so far)
    ╰──► recalled              (by the sender, or by the citizen)
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.cases.case import (
    NOWHERE,
    Case,
    CaseKind,
    CaseStep,
    Classification,
    DelegatedFrom,
    LegalTerms,
    Subject,
    handing_of,
    number_of,
)
from hub.cases.state import GONE, HERE, Act, CaseState
from hub.cases.transitions import TRANSITIONS
from hub.federation.envelope import Envelope
from hub.kernel.trace_context import traceparent

VERSION = 1
"""Version of all messages of this file."""
LONGEST = 30_000
"""Most characters of the steps' texts in one message: an envelope has 256 KiB."""


class RemoteCase(Struct, frozen=True):
    handing: str
    """Id of the delegation at both ends (case.py)."""


class Sent(RemoteCase, frozen=True, omit_defaults=True):
    """The whole case. Its clock began with the first registration: legal terms and deadline are sent, too."""

    number: str
    kind: CaseKind
    text: str
    channel: str
    received: datetime
    ruling: LegalTerms
    due: datetime
    topic: str
    by: str
    why: str
    matter: Subject = Subject()
    identified: bool = False
    read_back: bool = False
    shown: str = ""
    name: str = ""
    contact: str = ""
    files: tuple[str, ...] = ()
    through: tuple[str, ...] = ()


class Recalled(RemoteCase, frozen=True):
    act: Act
    """RECALL, or WITHDRAW where the citizen wants no answer any more."""


class Added(RemoteCase, frozen=True):
    texts: tuple[str, ...]
    """All since the delegation; never empty."""


class StepThere(Struct, frozen=True, omit_defaults=True):
    place: int
    """Index of the step."""
    act: Act
    state: CaseState
    why: str = ""
    to: str = ""
    """The body that it was forwarded to."""


class CaseProgress(RemoteCase, frozen=True):
    number: str
    """The receiver's number; "" where nothing was registered."""
    due: datetime
    steps: tuple[StepThere, ...]
    """All so far, or the last ones; never empty."""


News = Sent | Recalled | Added | CaseProgress
KINDS: dict[str, type[News]] = {"case.sent": Sent, "case.recalled": Recalled, "case.added": Added, "case.told": CaseProgress}
_KIND_OF = {form: kind for kind, form in KINDS.items()}


def packed(news: News, key: str, source: str, to: str, at: datetime) -> Envelope:
    """`key` distinguishes it from all others of its kind and delegation: a repeated one has the same id."""
    kind, number = _KIND_OF[type(news)], number_of(news.handing)
    return Envelope(f"{source}/{news.handing}/{kind}/{key}", kind, source, to, at, VERSION, msgspec.json.encode(news), traceparent(number))


def key_of(source: str, handing: str) -> str:
    """Id of a CaseKey: a delegation at the receiver."""
    return f"{source}/{handing}"


def sendings(case: Case) -> Iterator[tuple[int, CaseStep, str, str]]:
    """Steps to be reported to the receiver, by index, with the delegation and the centre."""
    count, handing, centre = 0, "", ""
    for place, step in enumerate(case.steps):
        if step.act is Act.ENTRUST:
            count += 1
            handing, centre = handing_of(case.number, count), step.to
            yield place, step, handing, centre
        elif TRANSITIONS[step.act].reaches_remote and handing:
            yield place, step, handing, centre
        if step.state in HERE:
            handing = ""  # it is here again


def whole(case: Case, before: int) -> str:
    """The text with all additions until a step, as one text for the receiver."""
    added = [step.why for step in case.steps[:before] if step.act is Act.ADD]
    return "\n\n".join((case.text, *(f"Дополнение: {text}" for text in added)))


def told_of(case: Case, handing: str) -> CaseProgress:
    """The report to the sender: the steps done here, limited to the last ones if they are too long."""
    steps: list[StepThere] = []
    left = LONGEST
    for place in reversed(range(len(case.steps))):
        step = case.steps[place]
        left -= len(step.why)
        if left < 0 and steps:
            break
        steps.append(StepThere(place, step.act, step.state, step.why, step.to if step.act is Act.FORWARD else ""))
    return CaseProgress(handing, case.number, case.due, tuple(reversed(steps)))


def registered(sent: Sent, source: str, number: str, line: str, filing: Classification) -> Case:
    """The receiver's case, in a line of its centre."""
    origin = DelegatedFrom(sent.handing, source, sent.number, sent.by, sent.why, sent.name, sent.contact, sent.files,
                           (*sent.through, source))
    return Case(
        number, sent.kind, sent.text, NOWHERE, "", sent.channel, sent.received, sent.ruling, sent.due, line, line,
        (CaseStep(filing.at, "", Act.REGISTER, CaseState.REGISTERED),), (filing,), sent.matter, sent.read_back, sent.identified, sent.shown,
        origin=origin)


def added_since(case: Case, handing: str, place: int) -> Added:
    """Additions between a delegation and a step."""
    steps = (step for at, step, name, _ in sendings(case) if name == handing and at <= place)
    return Added(handing, tuple(step.why for step in steps if step.act is Act.ADD))


def added(case: Case, what: Added, now: datetime) -> Case:
    """The receiver's case with new additions; unchanged where it has all."""
    if case.origin is None or case.erased is not None or case.origin.added >= len(what.texts):
        return case
    after = _stepped(case, now, Act.ADD, case.state, what.texts[case.origin.added])
    return replace(after, origin=replace(case.origin, added=case.origin.added + 1))


def let_go(case: Case, act: Act, now: datetime) -> Case:
    """The receiver's case after a recall by the sender or a withdrawal by the citizen; an answer given meanwhile is void."""
    if case.state in GONE or case.origin is None:
        return case
    state = CaseState.WITHDRAWN if act is Act.WITHDRAW else CaseState.FORWARDED
    return _stepped(case, now, act, state)


def _stepped(case: Case, now: datetime, act: Act, state: CaseState, why: str = "", to: str = "") -> Case:
    """With a step of another centre: without a login, and not before the last step."""
    return replace(case, steps=(*case.steps, CaseStep(max(now, case.steps[-1].at), "", act, state, why, to)))


def mirrored(case: Case, told: CaseProgress, step: StepThere, now: datetime) -> Case:
    """The sender's case after a step at the other centre; unchanged where the step is known."""
    away = case.away
    if away is None or away.handing != told.handing or step.place < away.heard:
        return case
    away = replace(away, number=told.number, state=step.state, heard=step.place + 1)
    mirror = TRANSITIONS[step.act].mirror
    if mirror is None or case.state not in mirror.sources or (mirror.act is Act.ACCEPT and away.taken is not None):
        return replace(case, away=away)  # for other steps only the state there is recorded
    to = told.number if mirror.act is Act.ACCEPT else step.to
    case = _stepped(replace(case, away=away), now, mirror.act, mirror.target, step.why, to)
    change: dict[str, object] = {"due": told.due} if mirror.term else {}
    match mirror.act:
        case Act.ACCEPT:
            change = {"away": replace(away, taken=now)}
        case Act.RETURN:
            change = {"away": None, "line": case.home, "worker": ""}
        case Act.EXTEND:
            change |= {"alarmed": 0}
        case _:
            pass
    return replace(case, **change)
