"""The protocol of state trials: each requirement, its tests, their results, build, machine, verdict (GV-07). Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum

from msgspec import Struct

from hub.kernel.printable import Facts, Heading, PrintableDocument, PrintablePart, Table, Text

SHOWN = 20
"""Failed tests of a requirement that are named; of others it is said how many there are."""


class ProofOutcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class ProofResult(Struct, frozen=True):
    """Of one test; `requirements` are the ids that stand at it."""

    name: str
    outcome: ProofOutcome
    requirements: tuple[str, ...]


class Verdict(StrEnum):
    PASSED = "passed"
    """Every test that was run has passed, at least one."""
    FAILED = "failed"
    UNTRIED = "untried"
    """Its tests were not run, or only skipped."""
    NO_TEST = "no_test"


WORDS = {Verdict.PASSED: "выполнено", Verdict.FAILED: "не выполнено", Verdict.UNTRIED: "не проверялось", Verdict.NO_TEST: "нет испытания"}


class Trial(Struct, frozen=True):
    """The circumstances. `suites` are the reports' files with their hashes, so that the protocol can be compared with them."""

    build: str
    day: date
    machine: str
    suites: tuple[tuple[str, str], ...]


class RequirementTests(Struct, frozen=True):
    """What is known of a requirement before the trial: whether any test names it, and which other one it is, "" for none."""

    named: bool
    same: str = ""


class RequirementRow(Struct, frozen=True):
    requirement: str
    verdict: Verdict
    passed: int
    failed: tuple[str, ...]
    skipped: int


def rows(known: Mapping[str, RequirementTests], results: Iterable[ProofResult]) -> list[RequirementRow]:
    """One of each known requirement, in their order."""
    of: defaultdict[str, list[ProofResult]] = defaultdict(list)
    for result in results:
        for each in result.requirements:
            of[each].append(result)
    return [_row(requirement, of[requirement] or of[tests.same], named=tests.named) for requirement, tests in known.items()]


def _row(requirement: str, found: Sequence[ProofResult], *, named: bool) -> RequirementRow:
    outcomes = Counter(each.outcome for each in found)
    failed = tuple(sorted(each.name for each in found if each.outcome is ProofOutcome.FAILED))
    if failed:
        verdict = Verdict.FAILED
    elif outcomes[ProofOutcome.PASSED]:
        verdict = Verdict.PASSED
    else:
        verdict = Verdict.UNTRIED if found or named else Verdict.NO_TEST
    return RequirementRow(requirement, verdict, outcomes[ProofOutcome.PASSED], failed, outcomes[ProofOutcome.SKIPPED])


def protocol(trial: Trial, found: Sequence[RequirementRow]) -> PrintableDocument:
    """For signature. The trials are passed when no requirement has failed; what was not tried is said as openly."""
    verdicts = Counter(each.verdict for each in found)
    facts = (("Сборка", trial.build), ("Дата испытаний", f"{trial.day:%d.%m.%Y}"), ("Машина", trial.machine),
             *((f"Отчёт {name}", f"SHA-256 {digest}") for name, digest in trial.suites),
             *((f"Требований: {WORDS[each]}", str(verdicts[each])) for each in Verdict))
    table = Table("Результаты по требованиям", ("Требование", "Заключение", "Прошло", "Не прошло", "Пропущено"),
                  tuple((one.requirement, WORDS[one.verdict], *map(str, (one.passed, len(one.failed), one.skipped))) for one in found))
    parts: list[PrintablePart] = [Facts(facts), table]
    if failed := [each for each in found if each.failed]:
        parts += [Heading("Не прошли"), *(Text("\n".join((f"{each.requirement}:", *each.failed[:SHOWN], *_more(each)))) for each in failed)]
    parts += [Heading("Подписи комиссии"), Text("Председатель: ____________________\n\nЧлены комиссии: ____________________")]
    return PrintableDocument("Протокол государственных испытаний АИС ЦТО", trial.day, tuple(parts), f"Сборка {trial.build}")


def _more(of: RequirementRow) -> tuple[str, ...]:
    return (f"и ещё {len(of.failed) - SHOWN}",) if len(of.failed) > SHOWN else ()
