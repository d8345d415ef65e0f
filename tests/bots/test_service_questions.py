"""Facts of the shipped services, asked for in words that none of their questions has (AL-03, AL-04, KB-01)."""

from collections.abc import Sequence
from importlib.resources import files
from time import process_time

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from bots.knowledge.fact_questions import Told
from bots.knowledge.facts import LIKELY, Focus
from bots.knowledge.question_model import MODEL, QuestionModel, question_model
from bots.knowledge.question_model import load as load_model
from bots.knowledge.service_questions import ServiceQuestions
from bots.knowledge.services import knowledge_of
from bots.knowledge.subjects import Rows
from bots.russian import Russian
from bots.understanding.vectors import SIZE, Vectors
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.knowledge.public_services import Facet
from okno.config import load
from okno.content import content_of


@pytest.fixture(scope="module")
def model() -> QuestionModel:
    made = question_model()
    assert made is not None, "make .make/built learns the questions"
    return made


@pytest.fixture(scope="module")
def services(model: QuestionModel) -> ServiceQuestions:
    made = ServiceQuestions(Russian(), model)
    made.learn(knowledge_of(KnowledgeSnapshot(content_of(load(None, {})))))
    return made


def asked(services: ServiceQuestions, *texts: str) -> Told:
    """What is told on the last of them."""
    focus, told = Focus(), None
    for text in texts:
        found = services.answer(text, focus, services.read(text, focus), LIKELY)
        assert found is not None and found.told is not None, text
        focus, told = found.focus, found.told
    assert told is not None
    return told


def said(told: Told) -> str:
    return " ".join(fact.text for fact in told.facts)


@pytest.mark.parametrize(("texts", "service", "part"), [
    (("сколько денег отдать за биометрический загранпаспорт",), "foreign-passport-10", "6 000"),
    (("родился сын, куда нести бумаги за его свидетельством о рождении",), "birth-registration", ""),
    (("за сколько времени согласуют перепланировку",), "redevelopment", "45 дней"),
    (("мы расходимся, почем развод в загсе",), "divorce-registration", "5 000"),
    (("сколько стоит загранпаспорт на десять лет", "а на пять?"), "foreign-passport-5", "2 000"),
    (("какие бумаги на охотничий билет", "он на сколько лет"), "hunting-ticket", "бессрочн"),
    (("сколько стоит развестись", "а пожениться?"), "marriage-registration", "350"),
    (("какой срок и пошлина у перепланировки",), "redevelopment", "45"),
    (("как заказать выписку из егрн", "срок?"), "egrn-extract", "3 рабочих"),
    (("сколько отработать чтобы дали пенсию", "сколько баллов"), "old-age-pension", "30"),
    (("жилищную субсидию на сколько месяцев назначат",), "housing-subsidy", "6 месяцев"),
    (("сколько стоит расписаться", "а за развод?"), "divorce-registration", "5 000"),
    (("где сделать удостоверение многодетной", "что из бумаг нести"), "large-family-status", "свидетельств"),
    (("как оформить снилс", "а для иностранца?"), "snils-number", "иностранцам"),
    (("согласовать перепланировку", "а если откажут?"), "redevelopment", "отказывают"),
    (("где взять справку о несудимости",), "no-record-certificate", "Госуслуг"),
    (("за сколько регистрируют право на квартиру", "а если через мфц подать"), "right-registration", "9"),
    (("сколько стоит прописка", "нет, я про временную"), "stay", ""),
    (("батарея протекла и тепла нет",), "housing-complaint", "аварийно"),
    (("кто имеет право на единое пособие, какой доход",), "unified-benefit", "прожиточн"),
    (("как взять справку о несудимости",), "no-record-certificate", "Госуслуг"),
    (("нужна справка о несудимости", "сколько с меня возьмут"), "no-record-certificate", "бесплатно"),
    (("хочу единое пособие", "на сколько его назначают"), "unified-benefit", "12 месяцев"),
    (("как оформить звание ветерана труда", "а когда дадут решение"), "labour-veteran", "30 дней"),
    (("сколько мне вернут за лечение в платной клинике",), "treatment-deduction", "13 процентов"),
    (("как поставить самозапрет", "нет, я про перепланировку, сколько согласовывают"), "redevelopment", "45"),
])
def test_a_fact_is_told_of_what_the_talk_is_about(services: ServiceQuestions, texts: tuple[str, ...], service: str, part: str) -> None:
    # AL-03
    told = asked(services, *texts)
    assert {fact.service.id for fact in told.facts} == {service}, said(told)
    assert part in said(told)


def test_all_questions_of_a_message_are_answered_in_their_order(services: ServiceQuestions) -> None:
    told = asked(services, "Здравствуйте! Собрались летом на море. Сколько стоит загранпаспорт на 10 лет? И сколько дней делают выписку ЕГРН?")
    assert [fact.service.id for fact in told.facts] == ["foreign-passport-10", "egrn-extract"]
    assert [fact.facet for fact in told.facts] == [Facet.FEE, Facet.TERM]


@pytest.mark.parametrize(("text", "facts"), [
    ("выписка егрн и перепланировка сколько ждать", [("egrn-extract", Facet.TERM), ("redevelopment", Facet.TERM)]),
    ("почем развод и охотничий билет", [("divorce-registration", Facet.FEE), ("hunting-ticket", Facet.FEE)]),
    ("снилс где получить а водительские права сколько дней меняют", [("snils-number", Facet.WHERE), ("driver-licence", Facet.TERM)]),
])
def test_services_are_told_apart_where_nothing_separates_them(services: ServiceQuestions, text: str, facts: list[tuple[str, Facet]]) -> None:
    # AL-03
    assert [(fact.service.id, fact.facet) for fact in asked(services, text).facts] == facts


def test_what_differs_by_a_word_is_told_of_each(services: ServiceQuestions) -> None:
    told = asked(services, "можно загран оформить через госуслуги?")
    assert {fact.service.id for fact in told.facts} == {"foreign-passport-10", "foreign-passport-5"}
    assert len({fact.facet for fact in told.facts}) == 1


def test_what_may_be_several_things_is_asked_back(services: ServiceQuestions) -> None:
    told = asked(services, "паспорт")
    assert told.choice is not None
    assert {"id-passport", "foreign-passport-10"} <= {each.id for each in told.choice.subjects}


def test_a_long_story_finds_its_question_at_the_end(services: ServiceQuestions) -> None:
    story = "Мы живём в посёлке, у нас дом и большой огород, муж работает на заводе, а я дома с детьми. " * 30
    told = asked(services, f"{story}Подскажите, сколько дней делают выписку из ЕГРН?")
    assert told.facts[0].service.id == "egrn-extract"


@pytest.mark.parametrize("text", ["ыва олдж фыв", "🙂", "…", "привет", "да"])
def test_what_asks_for_nothing_gets_no_fact(services: ServiceQuestions, text: str) -> None:
    assert services.answer(text, Focus(), services.read(text, Focus())) is None


def test_words_alone_answer_where_there_are_no_vectors(services: ServiceQuestions) -> None:
    found = services.answer("сколько стоит загранпаспорт на 10 лет", Focus(), Rows())
    assert found is not None
    assert found.told is not None
    assert "6 000" in said(found.told)


def test_the_time_is_linear_in_a_strangers_text(services: ServiceQuestions) -> None:
    # SE-02
    for text in ("сколько " * 20_000, "а если, " * 20_000, "1) " * 40_000, "?" * 100_000, "я" * 100_000):
        begun = process_time()
        services.answer(text, Focus(), services.read(text, Focus()), LIKELY)
        assert process_time() - begun < 2, text[:10]


def test_questions_that_are_added_are_read_and_found(model: QuestionModel) -> None:
    # KB-03
    cards = [card for card in content_of(load(None, {})) if getattr(card, "id", "") == "hunting-ticket"]
    made = ServiceQuestions(Russian(), model)
    article = knowledge_of(KnowledgeSnapshot(cards))[0]
    added = replace(article, questions=(*article.questions, "где взять зелёную книжицу зверобоя"))
    made.learn([added])
    made.prepare()
    assert not model.lacking(["где взять зелёную книжицу зверобоя"])


def test_a_question_that_was_asked_before_is_not_computed_again_unless_it_was_a_secret() -> None:
    # NF-01, ST-04
    computed: list[str] = []

    class Engine:
        def query(self, texts: Sequence[str]) -> NDArray[np.float32]:
            computed.extend(texts)
            return np.eye(len(texts), SIZE, dtype=np.float32)

    learned = load_model(files("bots.knowledge").joinpath(MODEL).read_bytes())
    model = QuestionModel(learned, lambda: Vectors(Engine(), ""))
    model.read(["мой код 1234"], keeps=False)
    model.read(["мой код 1234", "сколько ждать"], keeps=True)
    model.read(["сколько ждать"], keeps=False)
    assert computed == ["мой код 1234", "мой код 1234", "сколько ждать"]
