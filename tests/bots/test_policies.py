"""What comes next: rules, stories, fallback. The cases follow Rasa's documentation and its code, 3.6.21."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bots.dialogue.events import ActionExecuted, Event, SlotSet, UserUttered
from bots.dialogue.histories import TooManyError, of_rules, of_stories
from bots.dialogue.parsed import Entity, Parsed
from bots.dialogue.policies import Policies
from bots.dialogue.tracker import Tracker
from bots.project.domain import LISTEN
from bots.project.project import Project
from tests.bots.heard import write

DOMAIN = """
intents: [a, b, c, d, yes, no]
entities: [city]
slots:
  known:
    type: bool
    mappings: [{type: custom}]
  mood:
    type: text
    mappings: [{type: custom}]
responses:
""" + "".join(f"  utter_{name}: [{{text: {name}}}]\n" for name in ("a", "b", "c", "d", "e", "default"))
CONFIG = "policies:\n- name: AugmentedMemoizationPolicy\n  max_history: 4\n- name: RulePolicy\n"


def project(folder: Path, rules: str = "", stories: str = "", config: str = CONFIG, domain: str = DOMAIN) -> Project:
    files = {"domain": domain, "config": config}
    files |= {"rules": "rules:\n" + rules} if rules else {}
    files |= {"stories": "stories:\n" + stories} if stories else {}
    return write(folder, **files)


def one(kind: str, name: str, *steps: str, more: str = "") -> str:
    return f"- {kind}: {name}\n{more}  steps:\n" + "".join(f"  - {step}\n" for step in steps)


class Course:
    """A dialogue in which whatever is chosen is done."""

    def __init__(self, made: Project) -> None:
        self.policies = Policies(made)
        self.tracker = Tracker.of(made.domain, [ActionExecuted(LISTEN)])

    def set(self, **slots: object) -> None:
        self.tracker = self.tracker.then(*(SlotSet(name, value) for name, value in slots.items()))

    def hear(self, intent: str, text: str = "") -> list[str]:
        """The actions until the bot listens again, at most six."""
        return self.go(UserUttered(Parsed(text, intent)))

    def go(self, *events: Event) -> list[str]:
        self.tracker, done = self.tracker.then(*events), []
        for _ in range(6):
            following = self.policies.choose(self.tracker)
            words = following.action in self.tracker.domain.said
            self.tracker = self.tracker.then(*following.events, ActionExecuted(following.action, words=words, hidden=following.hidden))
            if following.action == LISTEN:
                break
            done.append(following.action)
            if following.by == "fallback":
                self.tracker = self.tracker.then(ActionExecuted(LISTEN))
                break
        return done


FALLS = ["action_default_fallback"]


def test_a_rule_holds_anywhere(tmp_path: Path) -> None:
    course = Course(project(tmp_path, one("rule", "r", "intent: a", "action: utter_a", "action: utter_b")))
    assert course.hear("a") == ["utter_a", "utter_b"]
    assert course.hear("b") == FALLS
    assert course.hear("a") == ["utter_a", "utter_b"]


def test_a_rule_for_the_start_holds_there_only(tmp_path: Path) -> None:
    course = Course(project(tmp_path, one("rule", "r", "intent: a", "action: utter_a", more="  conversation_start: true\n")
                            + one("rule", "s", "intent: b", "action: utter_b")))
    assert course.hear("a") == ["utter_a"]
    assert course.hear("a") == FALLS


def test_a_rule_that_does_not_wait_goes_on_with_others(tmp_path: Path) -> None:
    course = Course(project(tmp_path, one("rule", "r", "intent: a", "action: utter_a", more="  wait_for_user_input: false\n")
                            + one("rule", "s", "action: utter_a", "action: utter_b")))
    assert course.hear("a") == ["utter_a", "utter_b"]


@pytest.mark.parametrize(("condition", "value", "holds"), [
    ("known: true", True, True), ("known: true", False, False), ("known: true", None, False), ("known: null", None, True),
    ("known: null", True, False), ("mood: good", "bad", True), ("mood: good", None, False), ("mood: null", "bad", False),
])
def test_a_rule_has_conditions(tmp_path: Path, condition: str, value: object, holds: bool) -> None:
    more = f"  condition:\n  - slot_was_set:\n    - {condition}\n"
    course = Course(project(tmp_path, one("rule", "r", "intent: a", "action: utter_a", more=more)))
    course.set(**{condition.split(":", maxsplit=1)[0]: value})
    assert course.hear("a") == (["utter_a"] if holds else FALLS)


def test_the_longer_rule_wins(tmp_path: Path) -> None:
    more = "  condition:\n  - slot_was_set:\n    - known: true\n"
    rules = one("rule", "r", "intent: a", "action: utter_a") + one("rule", "s", "intent: a", "action: utter_b", more=more)
    course = Course(project(tmp_path, rules))
    course.set(known=True)
    assert course.hear("a") == ["utter_b"]
    course.set(known=False)
    assert course.hear("a") == ["utter_a"]


def test_a_rule_may_ask_for_entities(tmp_path: Path) -> None:
    rules = one("rule", "r", "intent: a", "action: utter_a") + one("rule", "s", "intent: a\n    entities: [city]", "action: utter_b")
    made = project(tmp_path, rules)
    assert Course(made).hear("a") == ["utter_a"]
    assert Course(made).go(UserUttered(Parsed("", "a", entities=(Entity("city", "x"),)))) == ["utter_b"]


def test_a_rule_may_be_about_words(tmp_path: Path) -> None:
    made = project(tmp_path, one("rule", "r", "user: так вот", "bot: Слушаю вас.") + one("rule", "s", "intent: a", "action: utter_a"))
    assert Course(made).hear("a", "так вот") == ["Слушаю вас."]
    assert Course(made).hear("a", "иначе") == ["utter_a"]


def test_stories_are_followed_wherever_they_begin(tmp_path: Path) -> None:
    stories = one("story", "s", "intent: a", "action: utter_a", "intent: b", "action: utter_b", "intent: c", "action: utter_c")
    course = Course(project(tmp_path, one("rule", "r", "intent: d", "action: utter_d"), stories))
    assert course.hear("d") == ["utter_d"]
    assert course.hear("a") == ["utter_a"]
    assert course.hear("b") == ["utter_b"]
    assert course.hear("d") == ["utter_d"]
    assert course.hear("c") == ["utter_c"]  # what only rules do is hidden from stories


def test_without_forgetting_a_story_begins_with_the_dialogue(tmp_path: Path) -> None:
    stories = one("story", "s", "intent: a", "action: utter_a") + one("story", "t", "intent: b", "action: utter_b")
    config = "policies:\n- name: MemoizationPolicy\n  max_history: 10\n- name: RulePolicy\n"
    course = Course(project(tmp_path, stories=stories, config=config))
    assert course.hear("a") == ["utter_a"]
    assert course.hear("b") == FALLS


def test_a_slot_that_was_set_before_the_story_is_forgotten(tmp_path: Path) -> None:
    course = Course(project(tmp_path, stories=one("story", "s", "intent: a", "action: utter_a")
                            + one("story", "t", "intent: b", "slot_was_set: [mood: good]", "action: utter_b")))
    course.tracker = Tracker.of(course.tracker.domain, [SlotSet("mood", "good"), ActionExecuted(LISTEN)])
    assert course.hear("a") == ["utter_a"]


def test_stories_that_disagree_say_nothing(tmp_path: Path) -> None:
    stories = one("story", "s", "intent: a", "action: utter_a") + one("story", "t", "intent: a", "action: utter_b")
    assert Course(project(tmp_path, stories=stories)).hear("a") == FALLS


def test_the_nearest_story_stands_for_ted(tmp_path: Path) -> None:
    config = "policies:\n- name: MemoizationPolicy\n- name: TEDPolicy\n  max_history: 5\n- name: RulePolicy\n"
    stories = one("story", "s", "intent: a", "action: utter_a", "intent: b", "action: utter_b", "intent: c", "action: utter_c")
    course = Course(project(tmp_path, stories=stories, config=config))
    assert course.hear("b") == ["utter_b"]
    assert course.hear("c") == ["utter_c"]
    course.set(mood="good")
    assert course.hear("a") == ["utter_a"]  # a slot that no story knows of is overlooked


def test_of_the_nearest_stories_most_decide(tmp_path: Path) -> None:
    config = "policies:\n- name: TEDPolicy\n  max_history: 5\n- name: RulePolicy\n"
    stories = "".join(one("story", f"{name}{i}", f"intent: {name}", f"action: utter_{name}", "intent: d", f"action: utter_{does}")
                      for i, (name, does) in enumerate([("a", "d"), ("b", "d"), ("c", "e")]))
    assert Course(project(tmp_path, stories=stories, config=config)).hear("d") == ["utter_d"]


def test_words_of_a_story_win_over_intents(tmp_path: Path) -> None:
    stories = one("story", "s", "intent: a", "action: utter_a") + one("story", "t", "user: ровно так", "action: utter_b", "intent: c", "action: utter_c")
    course = Course(project(tmp_path, stories=stories))
    assert course.hear("a", "ровно так") == ["utter_b"]
    assert course.hear("c") == ["utter_c"]


def test_or_and_checkpoints_join_stories(tmp_path: Path) -> None:
    stories = (one("story", "s", "or: [{intent: a}, {intent: b}]", "action: utter_a", "checkpoint: p")
               + one("story", "t", "checkpoint: p", "intent: c", "action: utter_c", "checkpoint: q")
               + one("story", "u", "checkpoint: q", "intent: d", "action: utter_d")
               + one("story", "v", "checkpoint: p\n    slot_was_set: [{known: true}]", "intent: d", "action: utter_e"))
    made = project(tmp_path, stories=stories)
    for begins in ("a", "b"):
        course = Course(made)
        assert course.hear(begins) == ["utter_a"]
        assert course.hear("c") == ["utter_c"]
        assert course.hear("d") == ["utter_d"]
    assert not any("u" in history.name and "v" in history.name for history in of_stories(made.stories, made.domain, 4))


def test_checkpoints_may_run_in_a_circle(tmp_path: Path) -> None:
    stories = (one("story", "s", "intent: a", "action: utter_a", "checkpoint: p")
               + one("story", "t", "checkpoint: p", "intent: b", "action: utter_b", "checkpoint: p"))
    course = Course(project(tmp_path, stories=stories))
    assert course.hear("a") == ["utter_a"]
    assert course.hear("b") == ["utter_b"]


def test_too_many_ways_are_a_fault_and_not_a_hang(tmp_path: Path) -> None:
    either = "or: [{intent: a}, {intent: b}, {intent: c}, {intent: d}]"
    steps: Sequence[str] = [part for _ in range(12) for part in (either, "action: utter_a")]
    made = project(tmp_path, stories=one("story", "s", *steps), config="policies:\n- name: MemoizationPolicy\n  max_history: 40\n")
    with pytest.raises(TooManyError):
        Policies(made)


def test_a_rule_that_only_waits_gives_way_to_a_story(tmp_path: Path) -> None:
    rules = one("rule", "r", "action: utter_a", "intent: b", "action: utter_b")
    course = Course(project(tmp_path, rules, one("story", "s", "intent: c", "action: utter_a", "action: utter_d")))
    assert not course.policies.contradictions
    assert course.hear("c") == ["utter_a", "utter_d"]


def test_a_rule_that_says_something_else_than_a_story_contradicts_it(tmp_path: Path) -> None:
    made = project(tmp_path, one("rule", "r", "intent: a", "action: utter_a"), one("story", "s", "intent: a", "action: utter_a", "action: utter_b"))
    assert [(one.file, one.line) for one in Policies(made).contradictions] == [("data/stories.yml", 2)]


def test_rules_that_say_the_same_in_several_ways_agree(tmp_path: Path) -> None:
    rules = one("rule", "r", "or: [{intent: a}, {intent: b}]", "action: utter_a")
    made = project(tmp_path, rules, one("story", "s", "intent: a", "action: utter_a", "intent: c", "action: utter_c"))
    assert len(of_rules(made.rules, made.domain)) == 2
    policies = Policies(made)
    assert not policies.contradictions
    course = Course(made)
    assert course.hear("a") == ["utter_a"]
    assert course.hear("c") == ["utter_c"]


def test_with_the_fallback_off_the_bot_listens(tmp_path: Path) -> None:
    config = "policies:\n- name: RulePolicy\n  enable_fallback_prediction: false\n"
    assert Course(project(tmp_path, one("rule", "r", "intent: a", "action: utter_a"), config=config)).hear("b") == []


def test_another_fallback_may_be_named(tmp_path: Path) -> None:
    config = "policies:\n- name: RulePolicy\n  core_fallback_action_name: utter_e\n"
    course = Course(project(tmp_path, one("rule", "r", "intent: a", "action: utter_a") + one("rule", "s", "action: utter_e", "action: action_listen"),
                            config=config))
    assert course.hear("b") == ["utter_e"]


@pytest.mark.parametrize(("intent", "action"), [("restart", "action_restart"), ("back", "action_back"), ("session_start", "action_session_start")])
def test_some_intents_are_obeyed_before_any_rule(tmp_path: Path, intent: str, action: str) -> None:
    course = Course(project(tmp_path, one("rule", "r", f"intent: {intent}", "action: utter_a"), domain=DOMAIN))
    course.tracker = course.tracker.then(UserUttered(Parsed("", intent)))
    assert course.policies.choose(course.tracker).action == action


def test_a_story_in_the_citizens_own_words_with_a_marked_entity_is_followed(tmp_path: Path) -> None:
    words = "поеду в [Тверь](city)"
    course = Course(project(tmp_path, stories=one("story", "s", f"user: '{words}'", "action: utter_b")))
    assert course.go(UserUttered(Parsed("поеду в Тверь", entities=(Entity("city", "Тверь", 8, 13),)))) == ["utter_b"]


def test_branches_that_become_alike_are_no_end_of_a_story(tmp_path: Path) -> None:
    # The shorter branch of an `or` stops where it becomes equal to the other one: nobody says that the bot listens there.
    many = [step for _ in range(3) for step in ("intent: a", "action: utter_a")]
    story = one("story", "s", "or: [{intent: b}, {intent: c}]", "action: utter_b", *many, "or: [{intent: a}, {intent: d}]", "action: utter_c", "action: utter_d")
    config = CONFIG.replace("max_history: 4", "max_history: 1")
    rules = one("rule", "r", "intent: d", "action: utter_c", "action: utter_d")
    assert Policies(project(tmp_path, rules, story, config)).contradictions == ()
