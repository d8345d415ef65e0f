"""Walks through scripts: what holds of a path, what lies ahead, and what walks come to."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.kernel.errors import RefusedError
from hub.knowledge.scripts.checks import flaws
from hub.knowledge.scripts.run_figures import report
from hub.knowledge.scripts.script import END, Script
from hub.knowledge.scripts.script_run import Move, ScriptRun, frees, missing_mandatory_steps, moved, path
from tests.knowledge.test_script import PACKED, script, step

AT = datetime(2026, 1, 1, tzinfo=UTC)
LOAN = script(step("need", "danger", "papers", mandatory=True), step("danger", END, mandatory=True),
              step("papers", "agree", mandatory=True), step("agree", END, "papers"))
ON, BACK, RIGHTS = Move.ON, Move.BACK, Move.RIGHTS


def begun(of: Script = LOAN) -> ScriptRun:
    return ScriptRun("1/k", 1, of.key, 1, of.steps[0].key, AT, "anna", "general")


def walked(*answers: int | Move, of: Script = LOAN) -> ScriptRun:
    """Answers in their order, each ten seconds after the one before."""
    walk = begun(of)
    for number, each in enumerate(answers, 1):
        move, answer = (each, 0) if isinstance(each, Move) else (ON, each)
        walk = moved(walk, of, move, answer, "anna", AT + timedelta(seconds=10 * number))
    return walk


def names(walk: ScriptRun) -> list[str]:
    return [each.key for each in missing_mandatory_steps(walk, LOAN)]


@pytest.mark.parametrize(("answers", "at", "ahead"), [
    ((), "need", ["need", "danger", "papers"]), ((1,), "danger", ["danger"]), ((2,), "papers", ["papers"]), ((2, 0), "agree", []),
    ((2, 0, 1), END, []), ((2, 0, 2), "papers", []), ((2, 0, BACK), "papers", ["papers"]), ((1, BACK), "need", ["need", "danger", "papers"]),
    ((1, RIGHTS), "danger", ["danger"]), ((1, 0, BACK, BACK, 2), "papers", ["papers"]),
])
def test_what_is_mandatory_and_ahead(answers: tuple[int | Move, ...], at: str, ahead: list[str]) -> None:
    # KB-01: what lies on a way that was not taken is not asked for; what was passed is passed
    walk = walked(*answers)
    assert (walk.step, names(walk)) == (at, ahead)


@pytest.mark.parametrize(("before", "move", "answer"), [
    ((), ON, 0), ((), ON, 3), ((), ON, -1), ((), BACK, 0), ((1,), ON, 1), ((1,), BACK, 1), ((1, 0), ON, 0), ((), RIGHTS, 1),
])
def test_a_move_that_leads_nowhere_is_refused(before: tuple[int, ...], move: Move, answer: int) -> None:
    with pytest.raises(RefusedError) as error:
        moved(walked(*before), LOAN, move, answer, "anna", AT)
    assert error.value.code == "bad_step"


def test_nothing_of_a_walk_is_ever_taken_out() -> None:
    # KB-01: the path is stored, mistakes with it
    walk = walked(1, BACK, 2)
    assert [(move.move, move.step, move.to, move.answer) for move in walk.moves] == [
        (ON, "need", "danger", 1), (BACK, "danger", "need", 0), (ON, "need", "papers", 2)]
    assert [(move.step, move.answer) for move in path(walk)] == [("need", 2)]


@given(st.sampled_from(PACKED), st.lists(st.integers(-2, 9), max_size=40))
def test_whoever_comes_to_the_end_has_passed_all_that_his_way_had(found: Script, choices: list[int]) -> None:
    # KB-01
    walk = begun(found)
    for choice in choices:
        move = {-2: BACK, -1: RIGHTS}.get(choice, ON)
        try:
            walk = moved(walk, found, move, choice if move is ON else 0, "anna", AT)
        except RefusedError:
            continue
    passed = {move.step for move in path(walk)}
    assert [each.to for each in path(walk)[-1:]] in ([], [walk.step])
    assert not passed & {each.key for each in missing_mandatory_steps(walk, found)}
    if walk.step == END:
        assert missing_mandatory_steps(walk, found) == []
    # Whatever was done, there is a way to the end on which nothing is asked for any more.
    for _ in range(200):
        if walk.step == END:
            break
        here = found.step(walk.step)
        ends = [number for number, way in enumerate(here.ways(), 1) if way == END] or [1]
        walk = moved(walk, found, ON, ends[0] if here.answers else 0, "anna", AT)
    assert walk.step == END


def test_a_walk_has_an_end() -> None:
    walk = walked(2, 0)
    with pytest.raises(RefusedError, match="заново"):
        for _ in range(1000):
            walk = moved(moved(walk, LOAN, ON, 2, "anna", AT), LOAN, ON, 0, "anna", AT)


def test_whoever_was_handed_to_112_is_asked_for_nothing_else() -> None:
    # 112
    urgent = next(each for each in PACKED if each.urgent)
    assert flaws(urgent) == ()
    assert frees(walked(1, 0, 1, 0, 0, of=urgent), urgent)
    assert not frees(walked(3, 0, of=urgent), urgent)  # the danger is over: the other scripts hold


def test_what_walks_come_to() -> None:
    # KB-01: reports of passing
    later = replace(begun(), version=2, key="1/l")
    second, first = report([walked(2, 0, RIGHTS, 1), walked(1), walked(2, BACK), later], lambda walk: LOAN)
    assert (second.version, second.begun, second.finished, second.missed) == (2, 1, 0, 1)
    assert (first.script, first.version, first.begun, first.finished, first.missed, first.rights, first.appeal) == ("loan", 1, 3, 1, 2, 1, 0)
    found = [(each.key, each.reached, each.passed, each.here, each.mean_s, each.answers) for each in first.steps]
    assert found == [("need", 3, 2, 1, 10, [1, 1]), ("danger", 1, 0, 1, None, []), ("papers", 1, 1, 0, 10, []), ("agree", 1, 1, 0, 20, [1, 0])]
