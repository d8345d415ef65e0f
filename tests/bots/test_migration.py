"""Projects of Rasa 2 in the format 3.1."""

from pathlib import Path

import pytest

from bots.project.domain import Condition, Filling, Kind, Type
from bots.project.migration import migrate
from bots.project.project import ProjectError, read_project

DOMAIN = """version: "2.0"
intents: [greet, inform, "yes"]
entities: [city, name: {roles: [first]}]
slots:
  city: {type: text}
  name: {type: text, auto_fill: false}
  note: {type: unfeaturized}
responses:
  utter_ask_city: [{text: "Какой город?"}]
forms:
  city_form:
    ignored_intents: [greet]
    required_slots:
      city:
      - {type: from_entity, entity: city}
      - {type: from_text, intent: inform}
  second_form:
    required_slots:
      city: [{type: from_entity, entity: city}]
      age: [{type: from_text}]
"""
STORIES = "version: '2.0'\nstories:\n- story: s\n  steps: [{intent: greet}, {action: utter_ask_city}]\n"


def project(folder: Path) -> Path:
    (folder / "data").mkdir(parents=True)
    (folder / "domain.yml").write_text(DOMAIN, encoding="utf8")
    (folder / "data" / "stories.yml").write_text(STORIES, encoding="utf8")
    return folder


def test_a_project_of_rasa_2_is_read_after_it(tmp_path: Path) -> None:
    before, after = project(tmp_path / "old"), tmp_path / "new"
    with pytest.raises(ProjectError):
        read_project(before)
    assert migrate(before, after) == [after / "domain.yml", after / "data" / "stories.yml"]
    made = read_project(after)
    assert not [note for note in made.notes if "верси" in note.words]
    domain = made.domain
    assert domain.forms["city_form"].slots == ("city",)
    assert domain.forms["city_form"].ignored_intents == ("greet",)
    assert domain.forms["second_form"].slots == ("city", "age")
    assert domain.slots["city"].fillings == (
        Filling(Kind.ENTITY, "city", conditions=(Condition("city_form"), Condition("second_form"))),
        Filling(Kind.TEXT, intents=("inform",), conditions=(Condition("city_form", "city"),)), Filling(Kind.ENTITY, "city"))
    assert [filling.kind for filling in domain.slots["name"].fillings] == [Kind.CUSTOM]
    assert domain.slots["age"].fillings == (Filling(Kind.TEXT, conditions=(Condition("second_form", "age"),)),)
    assert (domain.slots["note"].type, domain.slots["note"].influences) == (Type.ANY, False)
    assert "yes" in domain.intents


def test_what_is_of_rasa_3_stays(tmp_path: Path) -> None:
    migrate(project(tmp_path / "old"), tmp_path / "new")
    migrate(tmp_path / "new", tmp_path / "again")
    assert (tmp_path / "again" / "domain.yml").read_text("utf8") == (tmp_path / "new" / "domain.yml").read_text("utf8")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        migrate(project(tmp_path / "old"), tmp_path / "old")
    with pytest.raises(ProjectError):
        migrate(tmp_path / "nothing", tmp_path / "new")


def test_a_project_of_rasa_1_is_named(tmp_path: Path) -> None:
    folder = project(tmp_path / "old")
    (folder / "data" / "nlu.md").write_text("## intent:greet\n- hi\n", encoding="utf8")
    (folder / "data" / "README.md").write_text("## Data\n- examples\n", encoding="utf8")
    (folder / "domain.yml").write_text("forms:\n- city_form\nslots:\n  city:\n    type: unfeaturized\n", encoding="utf8")
    with pytest.raises(ProjectError) as refused:
        migrate(folder, tmp_path / "new")
    assert [(fault.file, "Rasa 1" in fault.words) for fault in refused.value.faults] == [("data/nlu.md", True), ("domain.yml", False)]
    assert not (tmp_path / "new").exists()
