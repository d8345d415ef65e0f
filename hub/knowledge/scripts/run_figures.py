"""Statistics of script runs: passed steps and where operators stop (KB-01). Pure: no names, no conversations."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from statistics import mean

from msgspec import Struct

from hub.knowledge.scripts.script import END, Script, StepKind
from hub.knowledge.scripts.script_run import Move, ScriptRun, missing_mandatory_steps, path


class StepSum(Struct, frozen=True):
    """`reached` are runs that came to the step, `passed` those that went on, `here` those that stopped there.

    `mean_s` is the mean time until they went on; null where none did. `answers` counts each answer in order.
    """

    key: str
    kind: StepKind
    text: str
    mandatory: bool
    reached: int
    passed: int
    here: int
    mean_s: float | None
    answers: list[int]


class WalkSum(Struct, frozen=True):
    """One version of a script. `missed` are runs with a mandatory step ahead; `rights` and `appeal` those whose cards were opened."""

    script: str
    title: str
    version: int
    begun: int
    finished: int
    missed: int
    rights: int
    appeal: int
    steps: list[StepSum]


def report(walks: Iterable[ScriptRun], script_of: Callable[[ScriptRun], Script]) -> list[WalkSum]:
    """By script, the newest version first."""
    of: dict[tuple[str, int], list[ScriptRun]] = {}
    for walk in walks:
        of.setdefault((walk.script, -walk.version), []).append(walk)
    return [_sum(found, script_of(found[0])) for _, found in sorted(of.items())]


def _sum(walks: list[ScriptRun], script: Script) -> WalkSum:
    here = Counter(walk.step for walk in walks)
    passed = Counter(key for walk in walks for key in {move.step for move in path(walk)})
    reached = Counter(key for walk in walks for key in {walk.step, *(move.step for move in path(walk))})
    given = Counter((move.step, move.answer) for walk in walks for move in path(walk))
    took: dict[str, list[float]] = {}
    for step, seconds in (each for walk in walks for each in _took(walk)):
        took.setdefault(step, []).append(seconds)
    steps = [StepSum(step.key, step.kind, step.text, step.mandatory, reached[step.key], passed[step.key], here[step.key],
                     mean(took[step.key]) if step.key in took else None,
                     [given[step.key, number] for number in range(1, len(step.answers) + 1)]) for step in script.steps]
    return WalkSum(script.key, script.title, walks[0].version, len(walks), here[END],
                   sum(bool(missing_mandatory_steps(each, script)) for each in walks),
                   _opened(walks, Move.RIGHTS), _opened(walks, Move.APPEAL), steps)


def _opened(walks: Iterable[ScriptRun], card: Move) -> int:
    return sum(any(move.move is card for move in walk.moves) for walk in walks)


def _took(walk: ScriptRun) -> Iterator[tuple[str, float]]:
    """Each passed step, with the seconds spent on it."""
    came = walk.at
    for move in walk.moves:
        if move.move is Move.ON:
            yield move.step, (move.at - came).total_seconds()
        if move.move in {Move.ON, Move.BACK}:
            came = move.at
