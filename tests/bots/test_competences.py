"""What the centre is not competent in is told with the body that is, and how to reach it (issue of the robot, line 7)."""

from importlib.resources import files

import pytest

from bots.dialogue.centre_actions import intent_for
from bots.knowledge.services import knowledge_of
from bots.project.project import read_project
from hub.knowledge.article import Article
from hub.knowledge.catalogue.toml_format import joined, read_catalogue
from hub.knowledge.handbook import KnowledgeSnapshot
from okno.robot import built_in

CATALOGUE = files("okno.demo").joinpath("catalogue")


@pytest.fixture(scope="module")
def competences() -> list[Article]:
    whole = joined(read_catalogue(CATALOGUE.joinpath(f"{name}.toml").read_text("utf-8")) for name in ("authorities", "competences"))
    snapshot = KnowledgeSnapshot((*whole.articles, *whole.authorities))
    return [each for each in knowledge_of(snapshot) if each.authority]


def test_each_names_a_body_that_can_be_reached(competences: list[Article]) -> None:
    # AL-01
    assert len(competences) >= 8
    for each in competences:
        assert any(sign in each.text.splitlines()[-1] for sign in ("+7", ".ru", "мвд.рф")), each.id
        assert len(each.text) <= 600, each.id
        assert len(each.questions) >= 12, each.id


def test_the_shipped_project_understands_each(competences: list[Article]) -> None:
    known = read_project(built_in("centre")).domain.intents
    assert [each.id for each in competences if intent_for(each.id) not in known] == []


def test_a_changed_telephone_of_the_body_is_told(competences: list[Article]) -> None:
    medicine = next(each for each in competences if each.id == "medicine")
    assert "8 800 200-03-89" in medicine.text or "+7 800 200-03-89" in medicine.text
