"""A Rasa project is understood as it is written."""

from pathlib import Path

from bots.project.project import read_project
from bots.russian import Russian
from bots.understanding.training import train


def test_a_project_is_learnt_from(russian: Russian) -> None:
    project = read_project(Path(__file__).parent.parent / "projects" / "reception")
    model = train(project.examples, russian)
    parsed = [(model.parse(one.text), one) for one in project.examples.said]
    assert [said.intent for had, said in parsed if had.ranking[0].name != said.intent.split("/")[0]] == []
    assert [entity.value for entity in model.parse("я из Твери").entities if entity.entity == "city"] == ["Тверь"]
