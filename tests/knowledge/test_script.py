"""Scripts: what is read strictly, what forbids to publish one, and the scripts that come with the package."""

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.knowledge.scripts.checks import FlawKind, ScriptFlaw, ahead, flaws
from hub.knowledge.scripts.script import END, Phrases, Script, ScriptAnswer, ScriptStep, StepKind
from hub.knowledge.scripts.toml_format import ScriptFileError, read_scripts, written
from okno.config import load

PACKED = read_scripts((files("okno") / "demo" / "scripts.toml").read_text(encoding="utf8"))
ASK, SAY, DO, CHECK = StepKind.ASK, StepKind.SAY, StepKind.DO, StepKind.CHECK


def step(key: str, *ways: str, kind: StepKind = SAY, mandatory: bool = False) -> ScriptStep:
    """A step that leads on without answers, or by several."""
    answers = tuple(ScriptAnswer(f"to {way}", way) for way in ways) if len(ways) > 1 else ()
    return ScriptStep(key, kind, f"Шаг {key}", mandatory=mandatory, next=ways[0] if len(ways) == 1 else "", answers=answers)


def script(*steps: ScriptStep, key: str = "loan", urgent: bool = False) -> Script:
    return Script(key, "Заём", steps, urgent=urgent, rights=("Право на ответ.",), appeal=("Руководителю.",),
                  phrases=Phrases(("Понимаю.",), ("Решать вам.",), ("Вы здесь?",)))


@pytest.mark.parametrize("found", PACKED, ids=lambda each: each.key)
def test_what_comes_along_can_be_published(found: Script) -> None:
    # KB-01, AL-06, AL-07: rights and the way to complain are in each, one key away from any step
    topics = {topic.id for topic in load(None, {}).topics}
    assert flaws(found, topics) == ()


def test_what_comes_along_has_the_way_to_112() -> None:
    # 112 is offered at once everywhere, and has nothing before its first question
    assert [each.key for each in PACKED if each.urgent] == ["112"]


def test_the_way_to_complain_is_told_before_a_complaint_is_taken() -> None:
    # AL-07: whichever way leads to «take» has passed «route», and so has who takes none
    complaint = next(each for each in PACKED if each.key == "complaint")
    others = {each.key: each for each in complaint.steps if each.key != "route"}
    assert complaint.step("route").mandatory
    assert not {"take", "how", "write"} & set(ahead(complaint.steps[0].key, others))


@pytest.mark.parametrize(("made", "found"), [
    (script(step("a", "b"), step("b")), [ScriptFlaw(FlawKind.DEAD_END, "b")]),
    (script(step("a", "b"), step("b", "c")), [ScriptFlaw(FlawKind.NO_SUCH_STEP, "b", "c")]),
    (script(step("a", END), step("b", END, mandatory=True)), [ScriptFlaw(FlawKind.ORPHAN, "b")]),
    (script(step("a", "b"), step("b", "c"), step("c", "b")), [ScriptFlaw(FlawKind.CIRCLE, each) for each in "abc"]),
    (script(step("a", "a", END)), []),
    (script(step("a", END), step("a", END)), [ScriptFlaw(FlawKind.TWICE, "a")]),
    (script(step("a", END), step(END, END)), [ScriptFlaw(FlawKind.TWICE, END)]),
    (script(step("a", END, kind=CHECK)), [ScriptFlaw(FlawKind.NO_ANSWERS, "a")]),
    (script(replace(step("a", END, "a"), next=END)), [ScriptFlaw(FlawKind.TWO_WAYS, "a")]),
    (replace(script(step("a", END)), rights=(), appeal=(), phrases=Phrases(conflict=("Да.",))),
     [ScriptFlaw(FlawKind.NO_RIGHTS), ScriptFlaw(FlawKind.NO_APPEAL), ScriptFlaw(FlawKind.NO_PHRASES, what="hesitation"), ScriptFlaw(FlawKind.NO_PHRASES, what="silence")]),
    (replace(script(step("a", END)), topics=("tax", "moon")), [ScriptFlaw(FlawKind.NO_SUCH_TOPIC, what="moon")]),
])
def test_what_forbids_to_publish(made: Script, found: list[ScriptFlaw]) -> None:
    # KB-01
    assert list(flaws(made, {"tax"})) == found


@pytest.mark.parametrize("text", [
    "", "script = []", "[[script]]\nkey = 1", '[[script]]\nkey = "a"\ntitle = "A"\nsteps = []', "[[script]\n",
    '[[script]]\nkey = "a"\ntitle = "A"\nstep = []\nsteps = [{key = "a", kind = "say", text = "A"}]',
    '[[script]]\nkey = "a"\ntitle = "A"\nsteps = [{key = "a", kind = "shout", text = "A"}]',
    '[[script]]\nkey = "A"\ntitle = "A"\nsteps = [{key = "a", kind = "say", text = "A"}]',
    '[[script]]\nkey = "a"\ntitle = " "\nsteps = [{key = "a", kind = "say", text = "A"}]',
    '[[script]]\nkey = "a"\ntitle = "A"\nsteps = [{key = "a", kind = "say", text = "A"}]\n' * 2,
])
def test_a_file_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ScriptFileError):
        read_scripts(text)


def test_ten_answers_have_no_digits() -> None:
    answers = ", ".join(f'{{text = "{n}", next = "end"}}' for n in range(10))
    with pytest.raises(ScriptFileError, match="answers"):
        read_scripts(f'[[script]]\nkey = "a"\ntitle = "A"\nsteps = [{{key = "a", kind = "ask", text = "A", answers = [{answers}]}}]')


def test_what_is_taken_out_is_brought_in_again() -> None:
    assert read_scripts(written(PACKED)) == PACKED


@given(st.lists(st.text(min_size=1, max_size=50).filter(lambda text: text.strip() and "\r\n" not in text), min_size=1, max_size=4))
def test_any_words_are_brought_in_again(texts: list[str]) -> None:
    made = script(*(ScriptStep(f"s{n}", SAY, text, next=END) for n, text in enumerate(texts)))
    assert read_scripts(written([made])) == (made,)
