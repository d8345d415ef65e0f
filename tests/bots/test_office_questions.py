"""Offices of other bodies, asked for in a town that is written in several ways (KB-01)."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from bots.knowledge.facts import Focus
from bots.knowledge.office_questions import OfficeQuestions
from bots.knowledge.offices import Offices
from bots.russian import Russian
from hub.knowledge.handbook import KnowledgeSnapshot
from okno.config import load
from okno.content import content_of


def test_all_spellings_of_a_town_have_their_offices(russian: Russian) -> None:
    # KB-01
    content = content_of(load(None, {}))
    reception = KnowledgeSnapshot(content).offices["city-reception"]
    one, two = (replace(reception, id=id_, address=address) for id_, address in (("one", "Орёл, Ленина ул., 1"), ("two", "Орел, Мира ул., 2")))
    handbook = KnowledgeSnapshot((*content, one, two))
    asked = OfficeQuestions(russian, tuple, Offices(lambda: handbook, lambda: datetime(2026, 11, 25, 9, tzinfo=UTC)))
    found = asked.answer("адрес приёмной администрации в Орле", Focus())
    assert found is not None
    assert "Ленина ул., 1" in found[0].text
    assert "Мира ул., 2" in found[0].text


@pytest.mark.parametrize("text", ["МФЦ", "а вы когда открываетесь", "приехали, а у вас закрыто!"])
def test_who_names_no_town_is_asked_for_it(russian: Russian, text: str) -> None:
    # KB-01
    handbook = KnowledgeSnapshot(content_of(load(None, {})))
    asked = OfficeQuestions(russian, tuple, Offices(lambda: handbook, lambda: datetime(2026, 11, 25, 9, tzinfo=UTC)))
    found = asked.answer(text, Focus())
    assert found is not None
    assert found[0].text == "В каком городе или посёлке?"
