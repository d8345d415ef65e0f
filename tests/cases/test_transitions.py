"""The table of transitions is whole: each state is reached, each act has its words everywhere, and the desk can ask for what it needs."""

import re
from pathlib import Path
from string import Formatter

import pytest

from channels.web.case_words import EN, RU, CaseWords
from hub.cases.figures import Counted
from hub.cases.state import FINAL, HERE, OPEN, OWED, STATES, Act, CaseState
from hub.cases.transitions import TRANSITIONS, Need, Who
from hub.desk.cases.view import act_out
from hub.integrations.webhook_events import TYPES

ROOT = Path(__file__).parents[2]
DESK = ROOT / "hub/desk/ui/src"


def desk_words(language: str, name: str) -> set[str]:
    """The keys of a group of the desk's words about cases."""
    texts = [path.read_text("utf8") for path in DESK.rglob("*.ts") if path.name.endswith(f"{language}.ts")]
    (block,) = [found[1] for text in texts if (found := re.search(r"^  cases: \{\n(.*?)^  \},", text, re.MULTILINE | re.DOTALL))]
    group = re.search(rf"^    {name}: \{{(.*?)\}},", block, re.MULTILINE | re.DOTALL)
    assert group
    return set(re.findall(r"(\w+): \"", group[1]))


def test_every_state_and_every_act_has_its_row() -> None:
    assert (set(STATES), set(TRANSITIONS)) == (set(CaseState), set(Act))


def test_every_state_is_reached_and_only_the_last_are_left_by_nobody() -> None:
    reached, found = set[CaseState](), {CaseState.REGISTERED}
    while found != reached:
        reached = set(found)
        found |= {to for row in TRANSITIONS.values() for state, to in row.moves.items() if state in reached and to is not None}
    assert reached == set(CaseState)
    left = {state for row in TRANSITIONS.values() for state, to in row.moves.items() if to is not state}
    assert {CaseState.FORWARDED, CaseState.WITHDRAWN} == set(CaseState) - left


def test_the_groups_of_states_agree() -> None:
    assert HERE <= OWED <= OPEN
    assert not OPEN & FINAL
    assert {Counted(each.outcome) for each in STATES.values()} <= set(Counted)


def test_what_nobody_does_by_hand_leads_from_nowhere() -> None:
    assert {act for act, row in TRANSITIONS.items() if row.who is Who.HUB} == {act for act, row in TRANSITIONS.items() if not row.moves}


def test_what_is_done_at_another_deployment_is_a_row_here() -> None:
    for row in TRANSITIONS.values():
        if row.mirror is not None:
            assert row.mirror.act in TRANSITIONS
            assert row.mirror.target in CaseState


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_desk_has_words_for_each(language: str) -> None:
    assert desk_words(language, "state") == set(CaseState)
    assert desk_words(language, "act") == desk_words(language, "did") == set(Act)


@pytest.mark.parametrize("words", [RU, EN], ids=["ru", "en"])
def test_the_citizen_reads_how_every_case_stands(words: CaseWords) -> None:
    assert set(words.states) == set(CaseState)
    # Where something is still to come both the page and a message say what.
    assert set(words.next) == {state for state, traits in STATES.items() if traits.next} == set(CaseState) - FINAL


@pytest.mark.parametrize("act", Act)
def test_a_notice_says_what_is_known(act: Act) -> None:
    notice = TRANSITIONS[act].notice
    if notice is None:
        return
    fields = {name for _, name, _, _ in Formatter().parse(notice.message) if name}
    assert fields <= {"number", "due", "to", "why", "reason", "law", "offer"}
    assert "number" in fields
    assert notice.history


@pytest.mark.parametrize("act", Act)
def test_the_desk_asks_for_what_an_act_needs(act: Act) -> None:
    fields = [need.field for need in act_out(act).needs]
    assert len(fields) == len(set(fields))  # one form, each field once
    form = (DESK / "cases/StepForm.vue").read_text("utf8")
    labels = re.search(r"const LABELS = \{(.*?)\}", form, re.DOTALL)
    assert labels
    assert set(re.findall(r"(\w+): \"", labels[1])) == set(Need)


@pytest.mark.parametrize("act", Act)
def test_other_systems_and_the_audit_know_it(act: Act) -> None:
    wire, logs = ((ROOT / "docs" / name).read_text("utf8") for name in ("wire.md", "logs.md"))
    assert f"`{TYPES[f'case_{act}']}`" in wire
    assert f"`case_{act}`" in logs
    if TRANSITIONS[act].who is not Who.HUB:
        assert f"`{act}`" in wire
