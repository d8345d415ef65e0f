"""Reading a project: everything that the format has, and every fault with its file and line."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.dialogue.parsed import Entity, payload
from bots.project.domain import Condition, Filling, Kind, Type
from bots.project.examples import unmark
from bots.project.located_yaml import Fault, Map, Page
from bots.project.project import ProjectError, read_project
from bots.project.validation import check, load
from tests.bots.heard import PROJECTS, write

SHIPPED = Path(__file__).parents[2] / "bots/projects/centre"

DOMAIN = """
intents: [greet, bye]
responses:
  utter_greet:
  - text: hi
  utter_bye:
  - text: bye
  utter_default:
  - text: what
"""


def test_a_whole_project_is_read() -> None:
    project = read_project(PROJECTS / "reception")
    domain = project.domain
    assert domain.session.minutes == 30
    assert domain.entities["city"] == ("city", "city#from", "city#to")
    assert domain.intents["book"].seen == {"service"}
    assert "service" not in domain.intents["route"].seen
    assert "floor" not in domain.intents["inform"].seen
    assert domain.retrieval == {"faq"}
    assert domain.said == {"Вот и славно."}
    assert domain.slots["service"].type is Type.CATEGORICAL
    assert domain.slots["visitor"].fillings[1] == Filling(
        Kind.TEXT, not_intents=("deny", "affirm", "stop"), conditions=(Condition("booking_form", "visitor"),))
    assert domain.forms["booking_form"].ignored_intents == ("person",)
    assert project.examples.synonyms["загран"] == "passport"
    assert project.examples.synonyms["прописку"] == "registration"
    assert project.examples.lookups["city"] == ("Казань", "Тверь")
    assert project.settings.max_history == 6
    assert project.settings.forgets
    assert not project.settings.nearest
    assert project.settings.fallback_threshold == 0.6
    assert len(project.tests) == 8
    assert not [fault for fault in check(project) if fault.grave]


def test_examples_know_their_lines() -> None:
    said = {one.text: one.line for one in read_project(PROJECTS / "reception").examples.said}
    assert said["привет"] == 5
    assert said["спасибо"] == 9
    assert said["когда открыто"] == 50


@pytest.mark.parametrize(("written", "text", "entities"), [
    ("в [Тверь](city)", "в Тверь", (Entity("city", "Тверь", 2, 7),)),
    ("в [Тверь](city:tver)", "в Тверь", (Entity("city", "tver", 2, 7),)),
    ('из [Твери]{"entity": "city", "role": "from", "value": "Тверь"} домой', "из Твери домой", (Entity("city", "Тверь", 3, 8, "from"),)),
    ('[а](x) и [б]{"entity": "y", "group": "1"}', "а и б", (Entity("x", "а", 0, 1), Entity("y", "б", 4, 5, group="1"))),
    ('[NY][{"entity": "city"}, {"entity": "state", "value": "new york"}]', "NY", (Entity("city", "NY", 0, 2), Entity("state", "new york", 0, 2))),
    ("скобки [пустые] и (так)", "скобки [пустые] и (так)", ()),
])
def test_marks_become_entities(written: str, text: str, entities: tuple[Entity, ...]) -> None:
    marked = unmark(written)
    assert marked.text == text
    assert marked.entities == entities
    for one in entities:
        assert 0 <= one.start < one.end <= len(text)


@pytest.mark.parametrize(("words", "intent", "entities", "confidence"), [
    ("/greet", "greet", {}, 1.0),
    (' /greet{"city": "Тверь"} ', "greet", {"city": "Тверь"}, 1.0),
    ('/greet@0.4{"city": "Тверь", "unknown": 1}', "greet", {"city": "Тверь"}, 0.4),
    ("/greet{broken", "greet", {}, 1.0),
])
def test_payloads_are_read(words: str, intent: str, entities: dict[str, str], confidence: float) -> None:
    parsed = payload(words, {"greet"}, {"city"})
    assert parsed is not None
    assert (parsed.intent, parsed.confidence) == (intent, confidence)
    assert {one.entity: one.value for one in parsed.entities} == entities


def test_a_payload_of_nobody_is_what_it_says() -> None:
    assert payload("/unknown", {"greet"}, set()) is None
    assert payload("/ не знаю", {"greet"}, set()) is None


@settings(max_examples=60)
@given(st.text(alphabet="abc:-[]{}#&*!|>'\"%@` \n~0123.трюе", max_size=80))
def test_whatever_a_file_holds_is_read_or_is_a_fault(text: str) -> None:
    faults: list[Fault] = []
    read = Page("x.yml", faults).read(text)
    assert isinstance(read, Map)
    assert read or faults or not text.strip("\n ~#") or read == {}


def test_aliases_cannot_grow_without_bound() -> None:
    bomb = "a: &a [1, 2]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20))
    faults: list[Fault] = []
    assert len(Page("x.yml", faults).read(bomb)) == 21
    Page("y.yml", faults).read("a: &a [*a]")
    assert faults[-1].file == "y.yml"


def test_words_of_yaml_are_read_as_rasa_reads_them() -> None:
    read = Page("x.yml", []).read("a: yes\nb: true\nc: ~\nd: 1\ne: 1.5\nf: '1'\ng: no\nh: 0x10\ni: 2024-01-01\n")
    assert dict(read) == {"a": "yes", "b": True, "c": None, "d": 1, "e": 1.5, "f": "1", "g": "no", "h": 16, "i": "2024-01-01"}


def faults_of(folder: Path, **files: str) -> dict[tuple[str, int], str]:
    try:
        found = check(write(folder, **{"domain": DOMAIN, **files}))
    except ProjectError as error:
        found = error.faults
    return {(fault.file, fault.line): fault.words for fault in found}


@pytest.mark.parametrize(("files", "file", "line", "words"), [
    ({"stories": "stories:\n- story: a\n  steps:\n  - intent: nobody\n  - action: utter_greet\n"}, "data/stories.yml", 4, "nobody"),
    ({"stories": "stories:\n- story: a\n  steps:\n  - intent: greet\n  - action: utter_nothing\n"}, "data/stories.yml", 5, "utter_nothing"),
    ({"stories": "stories:\n- story: a\n  steps:\n  - intent: greet\n  - slot_was_set:\n    - mood: good\n"}, "data/stories.yml", 6, "mood"),
    ({"stories": "stories:\n- story: a\n  steps:\n  - intent: greet\n  - active_loop: x_form\n"}, "data/stories.yml", 5, "x_form"),
    ({"stories": "stories:\n- story: a\n  steps:\n  - checkpoint: nowhere\n  - intent: greet\n  - action: utter_greet\n"}, "data/stories.yml", 4, "nowhere"),
    ({"stories": "stories:\n- story: a\n  steps:\n  - what: greet\n"}, "data/stories.yml", 4, "what"),
    ({"stories": "stories:\n- story: a\n  steps: none\n"}, "data/stories.yml", 3, "список"),
    ({"stories": "stories:\n- story: a\n  steps:\n  - intent: greet\n\t- action: x\n"}, "data/stories.yml", 5, "не YAML"),
    ({"rules": "rules:\n- rule: a\n  steps:\n  - intent: greet\n  - action: utter_greet\n  - intent: bye\n  - action: utter_bye\n"}, "data/rules.yml", 2, "больше одной"),
    ({"rules": "rules:\n- rule: a\n  steps:\n  - intent: greet\n  - action: utter_greet\n- rule: b\n  steps:\n  - intent: greet\n  - action: utter_bye\n"},
     "data/rules.yml", 2, "противоречит"),
    ({"rules": "rules:\n- rule: a\n  steps:\n  - intent: greet\n  - action: utter_greet\n",
      "stories": "stories:\n- story: s\n  steps:\n  - intent: greet\n  - action: utter_bye\n"}, "data/stories.yml", 2, "противоречит"),
    ({"nlu": "nlu:\n- intent: sing\n  examples: |\n    - la\n    - [x]{broken}\n"}, "data/nlu.yml", 5, "не читается"),
    ({"nlu": "nlu:\n- intent: sing\n  examples: |\n    - la\n"}, "data/nlu.yml", 4, "sing"),
    ({"nlu": "nlu:\n- intent: greet\n  examples: |\n    - to [Kazan](city/\n"}, "data/nlu.yml", 4, "не закрыта"),
    ({"domain": DOMAIN.replace("intents:", "intent:")}, "domain.yml", 2, "видимо, это intents"),
    ({"nlu": "nlu:\n- intent: greet\n  examples: |\n    - [x](city)\n"}, "data/nlu.yml", 4, "city"),
    ({"nlu": "nlu:\n- regex: x\n  examples: |\n    - ok\n    - (((\n"}, "data/nlu.yml", 5, "regex"),
    ({"nlu": "nlu:\n- regex: x\n  examples: |\n    - ok\n    - ^(?:ы+)+\\.$\n"}, "data/nlu.yml", 5, "ограничьте одно из них числом"),  # F3
    ({"nlu": "nlu:\n- regex: x\n  examples: |\n    - (?!нет)да\n"}, "data/nlu.yml", 4, "на один знак"),  # F3
    ({"nlu": "nlu:\n- regex: x\n  examples: |\n    - (а)\\1\n"}, "data/nlu.yml", 4, "перечислите варианты"),  # F3
    ({"config": "policies:\n- name: RulePolicy\n- name: MyPolicy\n"}, "config.yml", 3, "MyPolicy"),
    ({"config": "policies:\n- name: MemoizationPolicy\n  max_history: many\n"}, "config.yml", 3, "max_history"),
    ({"domain": DOMAIN + "slots:\n  mood:\n    type: mine.Slot\n    mappings:\n    - type: from_text\n"}, "domain.yml", 12, "mine.Slot"),
    ({"domain": DOMAIN + "slots:\n  mood:\n    type: text\n    mappings:\n    - type: from_entity\n      entity: city\n"}, "domain.yml", 11, "city"),
    ({"domain": DOMAIN + "slots:\n  mood:\n    type: text\n    mappings:\n    - type: from_thought\n"}, "domain.yml", 14, "from_thought"),
    ({"domain": DOMAIN + "forms:\n  f:\n    required_slots: [mood]\n"}, "domain.yml", 11, "mood"),
    ({"domain": DOMAIN + "triggers: x\n"}, "domain.yml", 10, "triggers"),
    ({"domain": DOMAIN.replace("text: hi", "text: hi {who}")}, "domain.yml", 5, "who"),
    ({"domain": DOMAIN + "  utter_greet:\n  - text: again\n"}, "domain.yml", 10, "повторяется"),
])
def test_a_fault_has_its_file_and_line(tmp_path: Path, files: dict[str, str], file: str, line: int, words: str) -> None:
    faults = faults_of(tmp_path, **files)
    assert words in faults.get((file, line), ""), faults


@pytest.mark.parametrize(("text", "line", "words"), [
    ("a:\n- intent: x\n  examples: |\n    - x\n   - y\n    - z\n- intent: z\n  examples: |\n    - q\n", 5, "отступ не тот"),
    ('a:\n  b:\n  - text: "open\n  c:\n  - text: "next"\n  d: 1\n', 3, "кавычка не закрыта"),
    ('a: [1, 2\nb: 3\nc: "x"\n', 1, "скобка не закрыта"), ("a: b: c\nd: 1\n", 1, "лишнее двоеточие"),
    ("a:\n\t- b\n", 2, "табуляцией"), ("b: 1\na: @x\n", 2, "возьмите его в кавычки"), ("a: 1\n%FOO\n...\nb\n", 2, "YAML")])
def test_a_syntax_error_is_told_in_russian_at_the_line_that_causes_it(text: str, line: int, words: str) -> None:
    faults: list[Fault] = []
    Page("x.yml", faults).read(text)
    assert [(each.line, words in each.words) for each in faults] == [(line, True)]
    assert not re.search("[a-z]{4}", faults[0].words)


def test_most_spoilt_lines_of_a_real_project_are_named() -> None:
    # A quote or a space is taken out of each line of the shipped project: libyaml gives up far below.
    named = spoilt = 0
    for file in (*SHIPPED.glob("domain/*.yml"), *SHIPPED.glob("data/*.yml")):
        lines = file.read_text("utf-8").splitlines()
        for number in range(0, len(lines), 9):
            text = lines[number].rstrip()
            faults: list[Fault] = []
            Page("x.yml", faults).read("\n".join([*lines[:number], text[:-1] if text.endswith('"') else text[1:], *lines[number + 1:]]))
            if faults and "YAML" in faults[0].words:
                spoilt += 1
                named += faults[0].line == number + 1
    assert spoilt > 50
    assert named / spoilt > 0.8


def test_incomplete_rules_are_found(tmp_path: Path) -> None:
    domain = DOMAIN + "slots:\n  mood:\n    type: text\n    mappings:\n    - type: custom\n"
    rules = ("rules:\n- rule: a\n  steps:\n  - intent: greet\n  - action: utter_greet\n  - slot_was_set:\n    - mood: good\n"
             "- rule: b\n  steps:\n  - intent: bye\n  - action: utter_greet\n")
    assert "mood" in faults_of(tmp_path, domain=domain, rules=rules)["data/rules.yml", 8]


def test_all_faults_are_told_at_once_and_a_faulty_project_is_not_made_ready(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as raised:
        load(write(tmp_path, domain=DOMAIN, stories="stories:\n- story: a\n  steps:\n  - intent: x\n  - action: y\n  - action: z\n"))
    assert {fault.line: fault.grave for fault in raised.value.faults if fault.file == "data/stories.yml"} == {4: False, 5: True, 6: True}


@pytest.mark.parametrize(("name", "text"), [
    ("nlu.md", "## intent:greet\n- hi\n"), ("stories.md", "## happy path\n* greet\n  - utter_greet\n"), ("nlu.json", '{"rasa_nlu_data": {}}')])
def test_what_rasa_2_could_read_is_told_and_forbids_the_project(tmp_path: Path, name: str, text: str) -> None:
    # KB-02
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).write_text(text, "utf-8")
    (tmp_path / "data" / "README.md").write_text("# About these files\n* one\n", "utf-8")
    assert "Rasa 2" in faults_of(tmp_path)[f"data/{name}", 0]
    with pytest.raises(ProjectError) as raised:
        write(tmp_path, domain=DOMAIN)
    assert [fault.file for fault in raised.value.faults if fault.grave] == [f"data/{name}"]


SLOT = "slots:\n  mood:\n    type: {}\n    mappings:\n    - type: from_text\n"


def test_a_slot_may_name_a_class_of_rasa(tmp_path: Path) -> None:
    # KB-02: as some tools write it
    project = write(tmp_path, domain=DOMAIN + SLOT.format("rasa.shared.core.slots.BooleanSlot"))
    assert project.domain.slots["mood"].type == "bool"


@pytest.mark.parametrize(("type_", "grave"), [("unfeaturized", True), ("strange", True), ("our.slots.Mood", False)])
def test_a_type_that_rasa_refuses_is_grave(tmp_path: Path, type_: str, grave: bool) -> None:
    # KB-02
    try:
        notes = write(tmp_path, domain=DOMAIN + SLOT.format(type_)).notes
    except ProjectError as error:
        notes = error.faults
    assert [fault.grave for fault in notes if f"«{type_}»" in fault.words] == [grave]


@pytest.mark.parametrize("path", ["test_stories.yml", "stories/test_stories.yml", "tests/any.yml", "e2e/any.yml"])
def test_test_stories_are_found_where_rasa_finds_them(tmp_path: Path, path: str) -> None:
    # KB-02
    write(tmp_path, domain=DOMAIN)
    file = tmp_path / path
    file.parent.mkdir(exist_ok=True)
    file.write_text("stories:\n- story: s\n  steps:\n  - intent: greet\n  - action: utter_greet\n", "utf-8")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "test_more.yml").write_text("stories: 1\n", "utf-8")
    assert [(story.file, story.name) for story in read_project(tmp_path).tests] == [(path, "s")]


def test_no_project_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ProjectError):
        read_project(tmp_path)
    with pytest.raises(ProjectError):
        read_project(tmp_path / "absent")


@pytest.mark.parametrize(("was", "typed"), [("intents:", "intent:"), ("responses:", "response:"), ("- text: hi", "- texts: hi")])
def test_a_key_that_is_nearly_a_known_one_is_grave(tmp_path: Path, was: str, typed: str) -> None:
    with pytest.raises(ProjectError, match=f"видимо, это {was.strip('- ').partition(':')[0]}"):
        write(tmp_path, domain=DOMAIN.replace(was, typed))


@pytest.mark.parametrize("value", ["null", "false", "0"])
def test_no_influence_is_none(tmp_path: Path, value: str) -> None:
    slot = f"slots:\n  x:\n    type: any\n    influence_conversation: {value}\n    mappings: [{{type: custom}}]\n"
    assert not write(tmp_path, domain=DOMAIN + slot).domain.slots["x"].influences
