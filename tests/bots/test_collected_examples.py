"""Examples out of real conversations lie in a file of their own, which Rasa reads like any other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.project.collected_examples import (
    PATH,
    DuplicateExampleError,
    ForeignContentError,
    examples_of,
    meanings,
    plain,
    taught,
    with_example,
    without_example,
)
from bots.project.located_yaml import Page
from bots.project.phrase_collector import PhraseCollector
from bots.russian import Russian
from hub.kernel.errors import RefusedError
from hub.robot.phrase import Meaning

FILES = {
    "domain/intents.yml": "version: '3.1'\nintents: [greet, faq, {bye: {use_entities: true}}]\n",
    "data/nlu.yml": "version: '3.1'\nnlu:\n- intent: greet\n  examples: |\n    - привет\n    - Добрый день!\n- intent: faq/hours\n  examples: |\n    - часы [работы](what)\n",
    "data/rules.yml": "version: '3.1'\nrules: []\n", "tests/test.yml": "nlu: no list\n", "actions.py": "nlu = 1\n"}


def test_what_phrases_may_mean() -> None:
    assert meanings(FILES) == [Meaning("bye", "", 0), Meaning("faq/hours", "часы работы", 1), Meaning("greet", "привет", 2)]
    assert taught(FILES) == {"привет", "добрый день", "часы работы"}


def test_the_file_is_made_and_grows() -> None:
    # KB-02
    files = FILES | {PATH: with_example(FILES, "greet", "салют")}
    files[PATH] = with_example(files, "faq/hours", "до [скольки](what) вы")
    files[PATH] = with_example(files, "greet", "здорово: # 'раз'")
    assert files[PATH] == (
        "version: '3.1'\nnlu:\n- intent: greet\n  examples: |\n    - салют\n    - здорово: # 'раз'\n"
        "- intent: faq/hours\n  examples: |\n    - до [скольки](what) вы\n")
    files[PATH] = without_example(files, "greet", "салют")
    files[PATH] = without_example(files, "greet", "здорово: # 'раз'")
    files[PATH] = without_example(files, "greet", "чего нет")
    assert files[PATH] == "version: '3.1'\nnlu:\n- intent: faq/hours\n  examples: |\n    - до [скольки](what) вы\n"


@pytest.mark.parametrize(("text", "line"), [
    ("version: '3.1'\nnlu:\n- intent: greet\n  examples: |\n    - салют\n- synonym: a\n  examples: |\n    - b\n", 6),
    ("nlu:\n- intent: greet\n  examples:\n  - text: салют\n", 2), ("nlu:\n- intent: greet\n  examples: |\n    салют\n", 2),
    ("nlu: [", 1), ("rules: []\n", 0), ("nlu: 5\n", 1)])
def test_what_somebody_else_wrote_into_the_file_is_not_overwritten(text: str, line: int) -> None:
    # SE-01
    for change in (with_example, without_example):
        with pytest.raises(ForeignContentError) as error:
            change(FILES | {PATH: text}, "bye", "пока")
        assert error.value.line == line


@pytest.mark.parametrize("example", ["ПРИВЕТ", "добрый день", "часы работы?"])
def test_what_is_there_is_not_there_twice(example: str) -> None:
    with pytest.raises(DuplicateExampleError) as error:
        with_example(FILES, "bye", example)
    assert error.value.where.startswith("data/nlu.yml:")


@pytest.fixture(scope="module")
def teaching(russian: Russian) -> PhraseCollector:
    return PhraseCollector(russian)


@settings(max_examples=300)
@given(said=st.text(max_size=60))
def test_whatever_is_said_can_be_read_again(teaching: PhraseCollector, said: str) -> None:
    # KB-02, SE-03
    try:
        example = teaching.example(teaching.masked(said))
    except RefusedError as error:
        assert error.code in {"no_words", "personal"}
        return
    try:
        text = with_example(FILES, "greet", example)
    except DuplicateExampleError:
        return
    files = FILES | {PATH: text}
    faults: list[object] = []
    Page(PATH, faults).read(text)  # type: ignore[arg-type]  # nothing is in it
    assert faults == []
    assert plain(example) in taught(files)
    assert [one.text for one in examples_of(files).said if one.file == PATH] == [example]
    assert without_example(files, "greet", example) == "version: '3.1'\nnlu: []\n"
