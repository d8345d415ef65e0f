"""Which wording is said, and with what in it."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.dialogue.responses import fitting, names_in, say
from bots.project.domain import Variation


def variation(text: str, channel: str = "", **conditions: object) -> Variation:
    return Variation({"text": text}, channel, tuple(conditions.items()) or None)


ALL = [variation("all"), variation("web", "web"), variation("vip", vip=True), variation("web vip", "web", vip=True), variation("sms", "sms")]


@pytest.mark.parametrize(("slots", "channel", "texts"), [
    ({}, "", ["all"]), ({}, "voice", ["all"]), ({}, "web", ["web"]), ({"vip": True}, "", ["vip"]), ({"vip": True}, "web", ["web vip"]),
    ({"vip": True}, "sms", ["sms"]), ({"vip": False}, "web", ["web"]),
])
def test_the_channel_wins_over_conditions_and_both_over_everybody(slots: dict[str, object], channel: str, texts: list[str]) -> None:
    assert [one.parts["text"] for one in fitting(ALL, slots, channel)] == texts


def test_conditions_do_not_mind_case_and_all_must_hold() -> None:
    both = [variation("x", city="КАЗАНЬ", vip=True)]
    assert fitting(both, {"city": "казань", "vip": True}, "")
    assert not fitting(both, {"city": "казань"}, "")
    assert not fitting([Variation({"text": "never"}, "", ())], {}, "")


@pytest.mark.parametrize(("text", "said"), [
    ("{name}", "Анна"), ("{name}, {age}", "Анна, 5"), ("{nobody}", "{nobody}"), ("{name} {nobody}", "{name} {nobody}"), ("{none}", "None"),
    ("{{name}}", "{name}"), ('{{"a": "{name}"}}', '{"a": "Анна"}'), ("{", "{"), ("a } b", "a } b"), ("{a\nb}", "{a\nb}"),
])
def test_slots_are_filled_in(text: str, said: str) -> None:
    found = say("utter_x", [variation(text)], {"name": "Анна", "age": 5, "none": None}, "", Random(1).choice)
    assert found
    assert found.text == said


def test_slots_are_filled_in_everywhere() -> None:
    parts = {"text": "x", "buttons": [{"title": "{name}", "payload": '/go{{"who": "{name}"}}'}], "image": "{name}.png", "custom": {"a": ["{name}"]},
             "metadata": {"note": "{name}"}}
    found = say("utter_x", [Variation(parts)], {"name": "Анна"}, "", Random(1).choice)
    assert found
    assert found.data["buttons"] == [{"title": "Анна", "payload": '/go{"who": "Анна"}'}]
    assert found.data["image"] == "Анна.png"
    assert found.data["custom"] == {"a": ["Анна"]}
    assert found.data["metadata"] == {"note": "{name}"}
    assert names_in(parts) == {"name"}
    assert parts["image"] == "{name}.png"


def test_what_is_filled_in_is_no_template() -> None:
    # ASVS 5.0 1.3.7, 1.3.10
    for hostile in ("{secret}", "{name.__class__}", "{{secret}}", "%(secret)s", "${secret}", "{{7*7}}"):
        found = say("utter_x", [variation("{name}!")], {"name": hostile, "secret": "told"}, "", Random(1).choice)
        assert found
        assert found.text == f"{hostile}!"
    found = say("utter_x", [variation("{name.__class__} {name[0]} {name!r}")], {"name": "told"}, "", Random(1).choice)
    assert found
    assert "class" not in found.text.replace("__class__", "")


def test_chance_chooses_between_equals() -> None:
    several = [variation(str(i)) for i in range(5)]
    said = {found.text for i in range(100) if (found := say("utter_x", several, {}, "", Random(i).choice))}
    assert said == {"0", "1", "2", "3", "4"}


@given(st.text(max_size=60), st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=5), max_size=3))
def test_any_text_can_be_said(text: str, slots: dict[str, str]) -> None:
    assert say("utter_x", [variation(text)], slots, "", Random(1).choice)
