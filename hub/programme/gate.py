"""Gates of the programme's stages: criteria as data, held against what the hub counts, and the signed protocol (GV-03, GV-04). Pure.

Stage 1, of 2009 and 2010, tries the principles in pilot subjects; stage 2, until 2013, covers the country. Each has an entry and an exit.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from hub.kernel.document import Document
from hub.kernel.printable import Facts, Heading, PrintableDocument, PrintablePart, Table, Text
from hub.programme.coverage import Reason, SubjectCoverage
from hub.programme.task import Line, Note, RowKey, Words

Stage = Annotated[int, Meta(ge=1, le=2)]
STAGES = {1: "отработка общих принципов", 2: "полномасштабное развертывание"}


class GateKind(StrEnum):
    ENTRY = "entry"
    EXIT = "exit"


KIND_NAMES = {GateKind.ENTRY: "вход", GateKind.EXIT: "выход"}
NO_MFC, NOT_TRIED = "no_mfc", "not_tried"
"""Why a pilot subject does not count, beyond the reasons of coverage."""


class GateMeasure(StrEnum):
    """What the hub counts for a criterion."""

    STATED = "stated"
    """Nothing: a person states that it is done, on which day and by which document."""
    FEDERAL_CENTRE = "federal_centre"
    PILOTS_WITH_MFC = "pilots_with_mfc"
    """Pilot subjects with an active МФЦ (GV-03)."""
    PILOTS_TRIED = "pilots_tried"
    """Pilot subjects whose integrations were tried."""
    PILOTS_COVERED = "pilots_covered"
    COVERED = "covered"
    COVERED_PERCENT = "covered_percent"
    TRAINED_PERCENT = "trained_percent"
    """Operators with a valid certificate, of those who need one, over all centres that report."""
    GATE_BEFORE = "gate_before"
    """Whether the gate before this one has a protocol by which it is passed."""


class Pilot(Struct, frozen=True, kw_only=True, tag="pilot"):
    """A pilot subject; `systems` are those whose integration is tried there, `done` the day on which it succeeded."""

    id: RowKey
    subject: Annotated[str, Meta(pattern="^[0-9]{2}$")]
    systems: Line = ""
    done: date | None = None
    note: Note = ""


class GateCriterion(Struct, frozen=True, kw_only=True, tag="gate_criterion"):
    """Met when what is measured reaches the target; `done` is the day of a stated one, and `note` names its document."""

    id: RowKey
    title: Words
    stage: Stage
    gate: GateKind
    measure: GateMeasure
    target: Annotated[int, Meta(ge=1, le=1000)] = 1
    done: date | None = None
    note: Note = ""


class CountedSubject(Struct, frozen=True):
    """Of a criterion: it counts, or what it lacks: a Reason, NO_MFC, NOT_TRIED."""

    subject: str
    lacks: tuple[str, ...] = ()


class CriterionResult(Struct, frozen=True):
    """`figure` reaches the `target` or not; `subjects` are those that were looked at, pilots only."""

    criterion: str
    title: str
    measure: GateMeasure
    target: int
    figure: int
    note: str
    subjects: tuple[CountedSubject, ...]

    @property
    def met(self) -> bool:
        return self.figure >= self.target


class GateFacts(Struct, frozen=True):
    """What is counted on a day. `mfcs` are active МФЦ by subject."""

    day: date
    coverage: Sequence[SubjectCoverage]
    mfcs: Mapping[str, int]
    federal: bool
    passed: Collection[tuple[int, GateKind]]
    """Gates with a protocol by which they are passed."""


class GateProtocol(Document, frozen=True, tag="gate_protocol"):
    """Signed as it was that day: never changed."""

    id: str
    stage: int
    gate: GateKind
    day: date
    at: datetime
    by: str
    results: tuple[CriterionResult, ...]
    note: str

    @property
    def passed(self) -> bool:
        return is_passed(self.results)


def is_passed(results: Sequence[CriterionResult]) -> bool:
    """A gate without criteria is not passed."""
    return bool(results) and all(each.met for each in results)


def evaluate(criteria: Iterable[GateCriterion], pilots: Sequence[Pilot], facts: GateFacts) -> list[CriterionResult]:
    """Each criterion with its figure."""
    return [_result(each, pilots, facts) for each in criteria]


def _result(of: GateCriterion, pilots: Sequence[Pilot], facts: GateFacts) -> CriterionResult:
    of_pilots = of.measure in {GateMeasure.PILOTS_WITH_MFC, GateMeasure.PILOTS_TRIED, GateMeasure.PILOTS_COVERED}
    subjects = tuple(CountedSubject(each.subject, _lacks(of.measure, each, facts)) for each in _once(pilots)) if of_pilots else ()
    figure = sum(not each.lacks for each in subjects) if of_pilots else _figure(of, facts)
    return CriterionResult(of.id, of.title, of.measure, of.target, figure, of.note, subjects)


def _figure(of: GateCriterion, facts: GateFacts) -> int:
    """Of what is not counted over pilots."""
    covered = sum(each.covered for each in facts.coverage)
    match of.measure:
        case GateMeasure.STATED:
            return of.target if of.done and of.done <= facts.day else 0
        case GateMeasure.FEDERAL_CENTRE:
            return int(facts.federal)
        case GateMeasure.GATE_BEFORE:
            return int(before(of.stage, of.gate) in facts.passed)
        case GateMeasure.COVERED_PERCENT:
            return percent(covered, len(facts.coverage))
        case GateMeasure.TRAINED_PERCENT:
            reports = {each.centre: each.readiness for each in facts.coverage if each.readiness}.values()
            return percent(sum(each.trained for each in reports), sum(each.staff for each in reports))
        case _:
            return covered


def _once(pilots: Sequence[Pilot]) -> list[Pilot]:
    """A subject that was entered twice counts once: the last row."""
    return list({each.subject: each for each in pilots}.values())


def _lacks(measure: GateMeasure, pilot: Pilot, facts: GateFacts) -> tuple[str, ...]:
    if measure is GateMeasure.PILOTS_WITH_MFC:
        return () if facts.mfcs.get(pilot.subject, 0) else (NO_MFC,)
    if measure is GateMeasure.PILOTS_TRIED:
        return () if pilot.done and pilot.done <= facts.day else (NOT_TRIED,)
    return next((each.reasons for each in facts.coverage if each.subject == pilot.subject), (Reason.NO_CENTRE,))


def before(stage: int, gate: GateKind) -> tuple[int, GateKind]:
    """The gate before: the entry of a stage, or the exit of the last one."""
    return (stage, GateKind.ENTRY) if gate is GateKind.EXIT else (stage - 1, GateKind.EXIT)


def percent(part: int, whole: int) -> int:
    """Rounded down, so that 100 means all; 0 of nothing."""
    return part * 100 // whole if whole else 0


def paper(of: GateProtocol, subject: Mapping[str, str], lack: Mapping[str, str], centre: str) -> PrintableDocument:
    """The protocol for signature; `subject` and `lack` are the names of their keys."""
    rows = tuple((each.title, str(each.target), str(each.figure), "выполнено" if each.met else "не выполнено") for each in of.results)
    facts = Facts((("Этап", f"{of.stage}: {STAGES[of.stage]}"), ("Рубеж", KIND_NAMES[of.gate]), ("Дата", f"{of.day:%d.%m.%Y}"),
                   ("Составил", of.by), ("Заключение", "рубеж пройден" if of.passed else "рубеж не пройден")))
    grounds = [Text(f"{each.title}: {line}") for each in of.results for line in _grounds(each, subject, lack)]
    parts: list[PrintablePart] = [facts, Table("Критерии", ("Критерий", "Нужно", "Есть", "Заключение"), rows)]
    parts += [Heading("Основания"), *grounds] if grounds else []
    parts += [Heading("Особое мнение и поручения"), Text(of.note)] if of.note else []
    parts += [Heading("Подписи"), Text("Председатель совета: ____________________")]
    return PrintableDocument("Протокол рубежа программы", of.day, tuple(parts), of.id, centre)


def _grounds(of: CriterionResult, subject: Mapping[str, str], lack: Mapping[str, str]) -> list[str]:
    found = [f"{subject.get(each.subject, each.subject)} — {', '.join(lack[one] for one in each.lacks) or 'засчитан'}"
             for each in of.subjects]
    return [*found, *((of.note,) if of.note else ())]
