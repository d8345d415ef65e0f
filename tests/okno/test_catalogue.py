"""The bodies, offices and services that a first run begins with: docs/content.md."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from bots.evaluation.dialogues import SHIPPED, read_dialogues
from bots.knowledge.answer_cache import normal
from bots.knowledge.knowledge_file import read_articles
from hub.knowledge.article import Article
from hub.knowledge.authorities import Authority, Branch, Office
from hub.knowledge.catalogue.toml_format import Catalogue, joined, read_catalogue
from hub.knowledge.completeness import above, broken_references, missing_fields
from hub.knowledge.public_services import PublicService
from hub.organisation.level import Level
from hub.organisation.opening_hours import between
from okno.commands.registry import read_registry
from okno.territory import subjects

OF_A_SUBJECT = ("executive", "social", "health", "education", "zags", "mfc", "prosecutor")
MOSCOW = ZoneInfo("Europe/Moscow")
Asked = list[dict[str, str]]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    folder = files("okno.demo") / "catalogue"
    return joined(read_catalogue(file.read_text("utf8")) for file in folder.iterdir() if file.name.endswith(".toml"))


@pytest.fixture(scope="module")
def authorities(catalogue: Catalogue) -> dict[str, Authority]:
    return {each.id: each for each in catalogue.authorities}


@pytest.fixture(scope="module")
def answers(catalogue: Catalogue) -> list[PublicService | Article]:
    """All that the robot and operators answer with."""
    return [*catalogue.services, *read_articles((files("okno.demo") / "articles.toml").read_text("utf8"))]


@pytest.fixture(scope="module")
def asked() -> Asked:
    return tomllib.loads((files("tests.bots") / "search_questions.toml").read_text("utf8"))["question"]  # type: ignore[no-any-return]


def said(answer: PublicService | Article) -> set[str]:
    return {normal(text) for text in (answer.title, *answer.questions)}


def opened(catalogue: Catalogue, office: str, day: date) -> Iterator[str]:
    """The hours of a day, as they hang at the door."""
    (found,) = (each for each in catalogue.offices if each.id == office)
    for span in found.hours.spans(day):
        yield f"{span.begins.astimezone(MOSCOW):%H:%M}-{span.ends.astimezone(MOSCOW):%H:%M}"


def test_nothing_refers_to_what_there_is_not(catalogue: Catalogue, authorities: dict[str, Authority]) -> None:
    # AL-05, RG-02
    known, services = subjects(), {each.id for each in catalogue.services}
    bodies: tuple[Authority | Office, ...] = (*catalogue.authorities, *catalogue.offices)
    assert {each.id: lacking for each in bodies if (lacking := broken_references(each, authorities))} == {}
    assert {each.place.subject for each in bodies} - known.codes == {""}
    assert {service for office in catalogue.offices for service in office.services} <= services


def test_services_lack_nothing(catalogue: Catalogue, authorities: dict[str, Authority]) -> None:
    # KB-05, AL-02…AL-05
    assert len(catalogue.services) >= 40
    assert {each.id: missing for each in catalogue.services if (missing := missing_fields(each, authorities))} == {}
    assert [each.id for each in catalogue.services if len(each.questions) < 6] == []
    assert {each.level for each in catalogue.services} == set(Level)


def test_where_a_service_is_different_its_body_is_too(catalogue: Catalogue, authorities: dict[str, Authority]) -> None:
    # KB-06, RG-02: whoever gives it at a place answers for that place, and complaints of him go to somebody else
    variants = [(service, each) for service in catalogue.services for each in service.variants if each.authority]
    assert variants
    for service, variant in variants:
        assert authorities[variant.authority].place == variant.place, service.id
        assert service.appeal
        assert service.appeal.authority != variant.authority


def test_services_are_filed_under_the_topics_of_the_demonstration(catalogue: Catalogue) -> None:
    topics = tomllib.loads((files("okno.demo") / "okno.toml").read_text("utf8"))["topics"]
    assert {each.topic for each in catalogue.services} <= {topic["id"] for topic in topics}


def test_each_question_stands_in_one_place(answers: list[PublicService | Article]) -> None:
    # KB-02: what two answers claim, neither is found by
    claimed = Counter(text for each in answers for text in said(each))
    assert [text for text, times in claimed.items() if times > 1] == []
    assert len({each.id for each in answers}) == len(answers)


def test_labelled_questions(catalogue: Catalogue, answers: list[PublicService | Article], asked: Asked) -> None:
    # KB-02: at least four hundred, four for each service, none of them taken from the content or the dialogues, and their labels exist
    labels, known = Counter(question["answer"] for question in asked), {each.id for each in answers}
    texts = {normal(question["text"]) for question in asked}
    assert len(texts) == len(asked) >= 400
    assert labels.keys() <= known
    assert [each.id for each in catalogue.services if labels[each.id] < 4] == []
    assert texts.isdisjoint(text for each in (*answers, *catalogue.articles) for text in said(each))
    assert texts.isdisjoint(normal(text) for each in catalogue.services for fact in each.facts for text in fact.questions)
    assert texts.isdisjoint(normal(turn.says) for dialogue in read_dialogues(SHIPPED) for turn in dialogue.turn)
    same = tomllib.loads((files("tests.bots") / "search_questions.toml").read_text("utf8"))["same"]
    assert {each for service, others in same.items() for each in (service, *others)} <= known


def test_no_question_is_taken_from_words_of_strangers(catalogue: Catalogue, answers: list[PublicService | Article]) -> None:
    # AL-03: a short follow-up («сколько ждать») may be the same
    known = {text for each in (*answers, *catalogue.articles) for text in said(each)}
    known |= {normal(text) for each in catalogue.services for fact in each.facts for text in fact.questions}
    told = [normal(each.turn[0].says) for folder in ("strangers", "strangers_later") for each in read_dialogues(SHIPPED.parent / folder)
            if each.group in {"fact", "several", "complaint"}]
    assert len(told) > 100
    assert [text for text in told if text in known] == []


def test_facts_of_services(catalogue: Catalogue) -> None:
    # read aloud and sent by SMS as they are
    facts = [(service.id, fact) for service in catalogue.services for fact in service.facts]
    assert {each.id for each in catalogue.services} - {service for service, _ in facts} == set()
    assert [(service, fact.text) for service, fact in facts if len(fact.text) > 300 or len(fact.questions) < 2] == []


def test_every_ladder_ends_in_somebody_who_controls(authorities: dict[str, Authority]) -> None:
    # AL-05, CM-03: whoever is complained of, there is somebody else to complain to
    for each in authorities.values():
        ladder = above(each, authorities)
        assert ladder or each.branch is Branch.OVERSIGHT, each.id
        assert each not in ladder
        over = {name for one in (each, *ladder) for name in (one.superior, *one.controlled_by) if name}
        assert each.branch is Branch.OVERSIGHT or any(authorities[name].branch is Branch.OVERSIGHT for name in over), each.id


@pytest.mark.parametrize("code", sorted(subjects().codes))
def test_every_subject_has_its_bodies(authorities: dict[str, Authority], code: str) -> None:
    # AL-05, RG-02: complaints of its bodies go to the highest one, and that one is controlled by the prosecutor's office
    bodies = {name: authorities[f"r{code}-{name}"] for name in OF_A_SUBJECT}
    assert {each.place.subject for each in bodies.values()} == {code}
    for name in ("social", "health", "education", "zags", "mfc"):
        assert above(bodies[name], authorities)[0] == bodies["executive"]
        assert bodies["prosecutor"] in above(bodies[name], authorities)
    assert above(bodies["executive"], authorities) == [bodies["prosecutor"]]
    assert above(bodies["prosecutor"], authorities) == [authorities["genproc"]]
    assert len({each.name for each in bodies.values()}) == len(OF_A_SUBJECT)


def test_bodies_that_every_subject_has_are_found_in_each(authorities: dict[str, Authority]) -> None:
    # RG-02: «any-social» of somebody in Moscow is «r77-social»
    assert {f"any-{name}" for name in OF_A_SUBJECT} <= authorities.keys()


def test_all_of_it_is_marked_as_nobody_has_confirmed_it(catalogue: Catalogue) -> None:
    # KB-03: and a demonstration writes to nobody who exists
    records: tuple[Authority | Office | PublicService, ...] = (*catalogue.authorities, *catalogue.offices, *catalogue.services)
    assert [each.id for each in records if not each.origin.demonstration] == []
    assert {each.contacts.email.partition("@")[2] for each in catalogue.authorities} == {"", "city.example"}


def test_the_municipality_is_that_of_the_registry(catalogue: Catalogue, authorities: dict[str, Authority]) -> None:
    # BK-02, MU-01: one office of each of the three kinds, at the МФЦ and in the municipality that centre 077 serves
    registry = read_registry((files("okno.demo") / "registry.toml").read_text("utf8"), subjects())
    (centre,) = (each for each in registry.centres if each.id == "077")
    assert {authorities[each.authority].branch for each in catalogue.offices} == {Branch.MFC, Branch.MUNICIPAL, Branch.EXECUTIVE}
    assert {each.place.municipality for each in catalogue.offices} == set(centre.area.municipalities)
    assert {each.place.mfc for each in catalogue.offices} - {""} == set(centre.area.mfcs)


@pytest.mark.parametrize(("office", "day", "hours"), [
    ("city-mfc-hall", date(2026, 11, 28), ["08:00-20:00"]),
    ("city-mfc-hall", date(2026, 11, 29), []),
    ("city-mfc-hall", date(2026, 12, 31), ["08:00-14:00"]),  # a day off in the calendar, and open all the same
    ("city-reception", date(2026, 11, 26), ["09:00-13:00", "13:45-20:00"]),
    ("city-reception", date(2026, 11, 28), []),
    ("city-reception", date(2027, 1, 4), []),
    ("city-reception", date(2026, 12, 25), ["09:00-12:00"]),
    ("city-social-reception", date(2026, 11, 26), ["10:00-13:00"]),
    ("city-social-reception", date(2026, 11, 27), []),
])
def test_hours_of_the_offices(catalogue: Catalogue, office: str, day: date, hours: list[str]) -> None:
    # AL-01
    assert list(opened(catalogue, office, day)) == hours


def test_lunch_is_a_time_when_it_is_closed(catalogue: Catalogue) -> None:
    # AL-01
    (office,) = (each for each in catalogue.offices if each.id == "city-reception")
    lunch = [datetime(2026, 11, 26, 13, minute, tzinfo=MOSCOW) for minute in (0, 45)]
    assert between(office.hours, *lunch) == []
