"""The programme's indicators as open data: what is published, what each figure means, and the description of the set (GV-14, MC-07). Pure.

No group of fewer than K people is published, nor one that follows from the others and their sum. DCAT-AP 3.0 describes the set,
CSV on the Web (W3C) its columns.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

K = 5
CSV, DICTIONARY, CATALOGUE = "indicators.csv", "indicators.csv-metadata.json", "catalogue.jsonld"
"""Names of the files below the page."""
LISTS = "http://publications.europa.eu/resource/authority"
COLUMNS = {
    "indicator": ("string", "Код показателя, из словаря"), "title": ("string", "Название показателя"), "unit": ("string", "Единица"),
    "since": ("date", "Первый день"), "until": ("date", "Последний день"),
    "territory": ("string", "Код субъекта Российской Федерации или центра; RU: вся страна"),
    "name": ("string", "Название территории или центра"),
    "value": ("number", "Значение; пусто, если людей меньше 5"), "low": ("number", "Нижняя граница, 95 %"),
    "high": ("number", "Верхняя граница, 95 %"), "of": ("integer", "Из скольких посчитано")}
"""Of the file: type of XML Schema and meaning."""


class Indicator(StrEnum):
    COVERED = "covered_subjects"
    MEAN = "information_time_min"
    IN_TEN = "informed_in_10_min_percent"
    CONTACTS = "contacts"
    COMPLAINTS = "complaints"
    SATISFACTION = "satisfaction"


INDICATORS: Mapping[Indicator, tuple[str, str, str]] = {
    Indicator.COVERED: ("Охвачено субъектов", "субъект",
                        "Субъекты, региональный центр которых выполняет все условия; «из скольких» — субъектов в этот день"),
    Indicator.MEAN: ("От первой попытки до ответа, в среднем", "минута",
                     "Минуты от первой попытки человека, хотя бы непринятого звонка, до ответа, хотя бы обратным звонком"),
    Indicator.IN_TEN: ("Получили ответ за 10 минут", "процент", "Доля от получивших ответ и не получивших его за семь суток"),
    Indicator.CONTACTS: ("Обращения об услугах", "обращение", "Обращения к оператору с темой услуги или без темы"),
    Indicator.COMPLAINTS: ("Жалобы на услуги", "жалоба", "Зарегистрированные жалобы; объединённые считаются за одну"),
    Indicator.SATISFACTION: ("Средняя оценка", "балл от 1 до 5", "Сумма оценок граждан, делённая на их число")}
"""Title, unit, definition."""


class OpenFigure(Struct, frozen=True):
    """One line of the file. `value` None is a figure of fewer than K people, which is not published."""

    indicator: Indicator
    since: date
    until: date
    territory: str
    name: str
    value: float | None
    of: int | None
    low: float | None = None
    high: float | None = None

    def cells(self) -> tuple[object, ...]:
        title, unit, _ = INDICATORS[self.indicator]
        numbers = ("" if each is None else round(each, 2) for each in (self.value, self.low, self.high, self.of))
        return (self.indicator, title, unit, self.since, self.until, self.territory, self.name, *numbers)


def published(groups: Sequence[OpenFigure]) -> list[OpenFigure]:
    """Figures of groups whose sum is published too: `of` is the number of people in each. Small ones lose their numbers."""
    hidden = withheld([each.of or 0 for each in groups])
    return [replace(each, value=None, of=None, low=None, high=None) if at in hidden else each for at, each in enumerate(groups)]


def withheld(people: Sequence[int]) -> frozenset[int]:
    """Groups of fewer than K, and the smallest others until two groups of K together are hidden: no difference tells one."""
    hidden = {at for at, count in enumerate(people) if 0 < count < K}
    for at in sorted((at for at, count in enumerate(people) if count >= K), key=people.__getitem__):
        if not hidden or (len(hidden) > 1 and sum(people[each] for each in hidden) >= K):
            break
        hidden.add(at)
    return frozenset(hidden)


def dictionary(address: str) -> dict[str, object]:
    """CSV on the Web: the columns of the file, and the indicators as the values of the first."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "ru"}], "url": f"{address}/{CSV}", "dc:title": "Показатели программы",
        "dialect": {"delimiter": ",", "header": True, "encoding": "utf-8"},
        "tableSchema": {"columns": [{"name": name, "titles": name, "datatype": kind, "dc:description": meaning}
                                    for name, (kind, meaning) in COLUMNS.items()]},
        "notes": [{"indicator": each, "title": title, "unit": unit, "definition": meaning}
                  for each, (title, unit, meaning) in INDICATORS.items()]}


def catalogue(address: str, publisher: str, figures: Iterable[OpenFigure], today: date) -> dict[str, object]:
    """DCAT-AP 3.0 as JSON-LD: a catalogue with one set, which is one file with its dictionary."""
    days = [day for each in figures for day in (each.since, each.until)] or [today]
    body = {"@id": f"{address}#publisher", "@type": "foaf:Agent", "foaf:name": said(publisher)}
    distribution = {
        "@id": f"{address}/{CSV}", "@type": "dcat:Distribution", "dct:title": said("Показатели, CSV"), "dcat:accessURL": {"@id": address},
        "dcat:downloadURL": {"@id": f"{address}/{CSV}"},
        "dcat:mediaType": named("https://www.iana.org/assignments/media-types/text/csv", "dct:MediaType"),
        "dct:format": named(f"{LISTS}/file-type/CSV", "dct:MediaTypeOrExtent"),
        "dct:conformsTo": {"@id": f"{address}/{DICTIONARY}", "@type": "dct:Standard", "dct:title": said("Словарь показателей")}}
    dataset = {
        "@id": f"{address}#indicators", "@type": "dcat:Dataset", "dct:title": said("Показатели программы центров телефонного обслуживания"),
        "dct:description": said("Охват субъектов, время до ответа, обращения, жалобы и оценки за двенадцать месяцев. "
                                f"Группы меньше {K} человек не публикуются."),
        "dct:publisher": {"@id": body["@id"]}, "dct:language": named(f"{LISTS}/language/RUS", "dct:LinguisticSystem"),
        "dct:accrualPeriodicity": named(f"{LISTS}/frequency/MONTHLY", "dct:Frequency"),
        "dcat:theme": {**named(f"{LISTS}/data-theme/GOVE", "skos:Concept"),
                       "skos:prefLabel": said("Государство и общественный сектор")},
        "dct:modified": {"@type": "xsd:date", "@value": str(today)}, "dcat:keyword": [said(title) for title, _, _ in INDICATORS.values()],
        "dct:temporal": {"@type": "dct:PeriodOfTime", "dcat:startDate": {"@type": "xsd:date", "@value": str(min(days))},
                         "dcat:endDate": {"@type": "xsd:date", "@value": str(max(days))}},
        "dcat:distribution": {"@id": distribution["@id"]}}
    whole = {"@id": f"{address}#catalogue", "@type": "dcat:Catalog", "dct:title": said("Открытые данные программы"),
             "dct:description": said("Показатели центров телефонного обслуживания населения"), "dct:publisher": {"@id": body["@id"]},
             "dcat:dataset": {"@id": dataset["@id"]}}
    context = {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
               "skos": "http://www.w3.org/2004/02/skos/core#", "xsd": "http://www.w3.org/2001/XMLSchema#"}
    return {"@context": context, "@graph": [whole, body, dataset, distribution]}


def named(address: str, kind: str) -> dict[str, str]:
    """A value of a list of the European Union or IANA."""
    return {"@id": address, "@type": kind}


def said(words: str) -> dict[str, str]:
    return {"@language": "ru", "@value": words}
