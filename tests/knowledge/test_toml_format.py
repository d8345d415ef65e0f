"""Services, bodies and offices: one file, what a service may not lack in public, and the ladder above whoever gives it (KB-05, AL-05)."""

import msgspec
import pytest

from hub.knowledge.authorities import Authority
from hub.knowledge.catalogue.toml_format import CatalogueError, joined, read_catalogue
from hub.knowledge.completeness import above, broken_references, missing_fields
from hub.knowledge.public_services import Appeal, Fee, PublicService
from hub.organisation.legal_terms import LegalTerm

FILE = """
[[authority]]
id = "mvd"
name = "Министерство внутренних дел Российской Федерации"
branch = "executive"
official = { post = "Министр" }
controlled_by = ["prosecutor"]

[[authority]]
id = "gibdd"
name = "Госавтоинспекция"
branch = "executive"
superior = "mvd"
official = { post = "Начальник" }

[[authority]]
id = "prosecutor"
name = "Генеральная прокуратура Российской Федерации"
branch = "oversight"

[[office]]
id = "exam"
authority = "gibdd"
name = "Экзаменационный отдел"
address = "г. Пример, ул. Первая, 1"
place = { subject = "50" }
hours = { zone = "Europe/Moscow", holidays = "RU", week = { working_day = ["09:00-13:00", "14:00-18:00"] } }

[[service]]
id = "licence"
title = "Водительское удостоверение"
name = "Проведение экзаменов на право управления транспортными средствами и выдача водительских удостоверений"
level = "federal"
authority = "gibdd"
about = "Права выдают после экзаменов."
order = "Запишитесь, сдайте экзамены, получите."
term = { working_days = 15 }
documents = [{ applicant = "Гражданин от 18 лет", papers = [{ name = "Паспорт" }] }]
fee = { rubles = 2000 }
refusals = ["Нет медицинского заключения"]
appeal = { authority = "mvd", how = "Письменно или на портале", term = { working_days = 15 } }
responsible = "Начальник экзаменационного отдела"
result = "Водительское удостоверение"
ways = ["portal", "mfc"]
origin = { source = "Административный регламент" }
"""


def test_a_file_is_read_whole() -> None:
    # KB-05
    catalogue = read_catalogue(FILE)
    authorities = {each.id: each for each in catalogue.authorities}
    (service,), (office,) = catalogue.services, catalogue.offices
    assert missing_fields(service, authorities) == []
    assert [each.id for each in above(authorities["gibdd"], authorities)] == ["mvd"]
    assert [each.id for each in above(authorities["mvd"], authorities)] == ["prosecutor"]
    assert [broken_references(each, authorities) for each in catalogue.authorities] == [[], [], []]
    assert broken_references(office, authorities) == []
    assert joined([catalogue, read_catalogue("")]) == catalogue


@pytest.mark.parametrize(("field", "value", "key"), [
    ("order", "", "order"), ("term", None, "term"), ("documents", (), "documents"), ("fee", None, "fee"), ("refusals", (), "refusals"),
    ("responsible", "", "responsible"), ("appeal", None, "appeal"), ("authority", "nobody", "authority"),
    ("appeal", Appeal("gibdd", "Письменно", LegalTerm(days=15)), "appeal_to_itself")])
def test_what_a_service_lacks_is_named(field: str, value: object, key: str) -> None:
    # KB-05, AL-02…AL-05
    catalogue = read_catalogue(FILE)
    authorities = {each.id: each for each in catalogue.authorities}
    assert missing_fields(msgspec.structs.replace(catalogue.services[0], **{field: value}), authorities) == [key]


def test_a_chain_has_no_gap() -> None:
    # AL-05
    catalogue = read_catalogue(FILE)
    authorities: dict[str, Authority] = {each.id: each for each in catalogue.authorities}
    service: PublicService = catalogue.services[0]
    gone = {id_: each for id_, each in authorities.items() if id_ != "mvd"}
    assert missing_fields(service, gone) == ["superior", "appeal"]
    assert broken_references(authorities["gibdd"], gone) == ["superior"]
    nobody = authorities | {"gibdd": msgspec.structs.replace(authorities["gibdd"], official=None)}
    assert missing_fields(service, nobody) == ["official"]
    circle = authorities | {"mvd": msgspec.structs.replace(authorities["mvd"], superior="gibdd")}
    assert above(circle["gibdd"], circle) == []


def test_what_is_malformed_is_named() -> None:
    # KB-05
    with pytest.raises(CatalogueError, match=r"office 1 \(без id\)"):
        read_catalogue(FILE.replace('id = "exam"\n', ""))
    with pytest.raises(CatalogueError, match=r"office: id «exam» стоит дважды"):
        read_catalogue(FILE + FILE[FILE.index("[[office]]"):FILE.index("[[service]]")])
    for bad in (FILE.replace("rubles", "roubles"), FILE + "[[offices]]", FILE.replace("2000", "0"), "[["):
        with pytest.raises(CatalogueError):
            read_catalogue(bad)
    with pytest.raises(CatalogueError, match=r"authority: id «mvd» стоит дважды"):
        joined([read_catalogue(FILE), read_catalogue(FILE)])


def test_a_fee_is_one_of_three() -> None:
    # AL-02
    assert Fee(free=True, note="НК РФ").free
    assert Fee(note="Зависит от категории").note
    for bad in ({}, {"free": True, "rubles": 100}):
        with pytest.raises(ValueError, match="a fee is"):
            Fee(**bad)  # type: ignore[arg-type]  # the point
