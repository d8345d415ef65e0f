"""The robot tells the telephone of its own centre, and nobody else's, when it is asked for «ваш телефон»."""

import pytest

from bots.knowledge.own_number import OwnNumber
from bots.russian import Russian


@pytest.fixture
def own(russian: Russian) -> OwnNumber:
    return OwnNumber(russian, lambda: "Центр", lambda: ["+78001000001"])


@pytest.mark.parametrize("text", ["какой у вас телефон", "подскажите ваш номер", "по какому номеру вам звонить", "дайте номер вашей горячей линии",
                                  "Здравствуйте, куда вам позвонить?"])
def test_the_own_number_is_asked_for(own: OwnNumber, text: str) -> None:
    # AL-01
    assert own.asked(text)
    assert own.told() == "Центр: +7 800 100-00-01. Звонок бесплатный."


@pytest.mark.parametrize("text", ["телефон налоговой", "какой телефон у вас в мфц", "у вас есть номер пенсионного фонда", "как поменять номер телефона",
                                  "как вам позвонить насчёт пенсии", "у вас хорошая погода"])
def test_another_number_is_not_the_own_one(own: OwnNumber, text: str) -> None:
    assert not own.asked(text)


def test_without_a_published_number_there_is_nothing_to_tell(russian: Russian) -> None:
    assert OwnNumber(russian, lambda: "Центр", list).told() == ""
