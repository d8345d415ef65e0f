"""Files of the catalogue: what is written comes back, what others write is understood, and what is made to harm is refused (KB-03)."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from datetime import date
from importlib.resources import files

import pytest
import xlsxwriter
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub.knowledge.authorities import Authority, Branch, Contacts, Office, Official, Origin
from hub.knowledge.catalogue.columns import KINDS, Brought, columns, record_of, records, whole
from hub.knowledge.catalogue.formats import FILE_LIMIT, READERS, WRITERS, read_file, write_file
from hub.knowledge.catalogue.titles import title_of
from hub.knowledge.catalogue.toml_format import Catalogue, CatalogueError, joined, read_catalogue
from hub.knowledge.catalogue.xlsx_format import UNPACKED_LIMIT
from hub.knowledge.public_services import Appeal, Fee, Paper, Papers, PublicService, Variant, Way
from hub.organisation.legal_terms import LegalTerm
from hub.organisation.level import Level
from hub.organisation.opening_hours import Timetable
from hub.organisation.territory import Place
from tests.knowledge.cards import EXAM, GIBDD, LICENCE

# What no format holds, XML 1.0 §2.2: control characters, halves of pairs; a carriage return is a new line there (§2.11).
SIGNS = st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn"), include_characters="\n\t")
WORDS = st.text(SIGNS, min_size=1, max_size=30).filter(lambda text: text == text.strip())
MAYBE = st.one_of(st.just(""), WORDS)
IDS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)
LINES = st.lists(WORDS, max_size=3, unique=True).map(tuple)
DAYS = st.one_of(st.none(), st.dates(date(1990, 1, 1), date(2090, 1, 1)))
TERMS = st.one_of(*(st.builds(LegalTerm, **{name: st.integers(1, 366)}, if_off=st.sampled_from(("before", "after", "stays")))
                    for name in ("days", "working_days", "hours")))
FEES = st.one_of(st.builds(Fee, free=st.just(True), note=MAYBE), st.builds(Fee, rubles=st.integers(1, 10**6), note=MAYBE),
                 st.builds(Fee, note=WORDS))
ORIGINS = st.builds(Origin, source=MAYBE, id=MAYBE, checked=DAYS, review=DAYS, demonstration=st.booleans())
PLACES = st.builds(Place, st.sampled_from(("", "50", "77")), st.sampled_from(("", "46700001")), st.just(""))
PAPERS = st.lists(st.builds(Papers, WORDS, st.lists(st.builds(Paper, WORDS, MAYBE, st.booleans()), min_size=1, max_size=3).map(tuple), MAYBE),
                  max_size=2).map(tuple)
SERVICES = st.builds(
    PublicService, id=IDS, title=WORDS, name=WORDS, level=st.sampled_from(Level), topic=st.one_of(st.just(""), IDS),
    authority=st.one_of(st.just(""), IDS), about=MAYBE, order=MAYBE, term=st.one_of(st.none(), TERMS), documents=PAPERS,
    fee=st.one_of(st.none(), FEES), refusals=LINES, appeal=st.one_of(st.none(), st.builds(Appeal, IDS, WORDS, TERMS)), responsible=MAYBE,
    result=MAYBE, ways=st.lists(st.sampled_from(Way), unique=True).map(tuple), questions=LINES,
    variants=st.lists(st.builds(Variant, PLACES, MAYBE, st.one_of(st.none(), FEES)), max_size=2).map(tuple), origin=ORIGINS)
AUTHORITIES = st.builds(
    Authority, IDS, WORDS, st.sampled_from(Branch), PLACES, MAYBE, st.one_of(st.just(""), IDS), st.lists(IDS, max_size=2).map(tuple),
    st.one_of(st.none(), st.builds(Official, WORDS, MAYBE)), st.builds(Contacts, LINES, MAYBE, MAYBE, MAYBE), st.just(""), ORIGINS)
HOURS = st.builds(Timetable, zone=st.sampled_from(("Europe/Moscow", "Asia/Vladivostok")), week=st.dictionaries(
    st.sampled_from(("monday", "working_day")), st.sampled_from((("09:00-13:00", "14:00-18:00"), ())), max_size=2))
OFFICES = st.builds(Office, IDS, IDS, WORDS, WORDS, PLACES, HOURS, LINES, st.one_of(st.none(), st.just((55.75, 37.5))), LINES, MAYBE, ORIGINS)


def catalogues() -> st.SearchStrategy[Catalogue]:
    each = [st.lists(kind, max_size=2, unique_by=lambda record: record.id).map(tuple) for kind in (AUTHORITIES, OFFICES, SERVICES)]
    return st.builds(Catalogue, *each)


@pytest.mark.parametrize("suffix", WRITERS)
def test_what_is_written_comes_back(suffix: str) -> None:
    # KB-03: nothing is lost on the way to a file and back
    @settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck))
    @given(catalogues())
    def comes_back(catalogue: Catalogue) -> None:
        back = [record_of(each) for each in read_file(f"x{suffix}", write_file(suffix, catalogue))]
        assert back == list(records(catalogue))

    comes_back()


@pytest.mark.parametrize("suffix", WRITERS)
def test_what_okno_brings_along_comes_back(suffix: str) -> None:
    folder = files("okno.demo") / "catalogue"
    shipped = joined(read_catalogue(file.read_text("utf8")) for file in folder.iterdir())
    assert [record_of(each) for each in read_file(f"x{suffix}", write_file(suffix, shipped))] == list(records(shipped))


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_whole_file_empties_what_it_does_not_say(suffix: str) -> None:
    bare = PublicService(LICENCE.id, LICENCE.title, LICENCE.name, LICENCE.level)
    (brought,) = read_file(f"x{suffix}", write_file(suffix, Catalogue(services=(bare,))))
    assert record_of(brought, LICENCE) == bare


def test_a_table_of_few_columns_changes_them_alone() -> None:
    (brought,) = read_file("fees.csv", b"id,fee.rubles,fee.note\nlicence,3500,\n")
    changed = record_of(brought, LICENCE)
    assert isinstance(changed, PublicService)
    assert changed.fee == Fee(rubles=3500)
    assert (changed.title, changed.documents) == (LICENCE.title, LICENCE.documents)


def test_columns_are_all_fields_of_records() -> None:
    for kind, record in zip(KINDS, (LICENCE, GIBDD, EXAM), strict=True):
        assert record_of(whole(record)) == record
        assert all(column.path.split(".")[0] in KINDS[kind].__struct_fields__ for column in columns(kind))


# What others write, by the profile's own example (CPSV-AP 3.2, context by its address).
FOREIGN = {
    "@context": ["https://semiceu.github.io/uri.semic.eu-generated/CPSV-AP/releases/3.2.0/context/cpsv-ap.jsonld", {
        "cpsv": "http://purl.org/vocab/cpsv#", "cv": "http://data.europa.eu/m8g/", "dct": "http://purl.org/dc/terms/",
        "ex": "http://example.com/", "skos": "http://www.w3.org/2004/02/skos/core#", "xsd": "http://www.w3.org/2001/XMLSchema#"}],
    "@graph": [
        {"@id": "ex:service", "@type": "PublicService", "dct:identifier": "Tax-on-web", "PublicService.hasCompetentAuthority": "ex:body",
         "dct:title": [{"@language": "en", "@value": "Tax on web"}, {"@language": "ru", "@value": "Налоги на сайте"}],
         "dct:description": {"@language": "fr", "@value": "Déclaration en ligne"}, "cpsv:hasInput": {"@id": "ex:paper"},
         "cv:processingTime": {"@type": "xsd:duration", "@value": "P30D"}, "cv:hasChannel": {"@id": "ex:channel"},
         "cv:hasCost": [{"@id": "ex:cost"}]},
        {"@id": "ex:body", "@type": "PublicOrganization", "dct:identifier": "FIN", "skos:prefLabel": {"@language": "en", "@value": "Finance"}},
        {"@id": "ex:paper", "@type": "Evidence", "dct:title": {"@language": "fr", "@value": "Attestation"}},
        {"@id": "ex:channel", "@type": "Channel", "dct:type": {"@id": "http://data.europa.eu/snb/com-channel/b37115f83e"}},
        {"@id": "ex:cost", "@type": "Cost", "Cost.hasValue": 12.0, "Cost.currency": "http://publications.europa.eu/resource/authority/currency/EUR"},
    ]}


def linked(document: object) -> list[Brought]:
    return read_file("x.jsonld", json.dumps(document).encode())


def test_linked_data_of_others_is_understood() -> None:
    # KB-03: CPSV-AP 3.2
    service, body = map(record_of, linked(FOREIGN))
    assert service == PublicService(
        "tax-on-web", "Налоги на сайте", "Налоги на сайте", Level.REGIONAL, authority="fin", about="Déclaration en ligne", term=LegalTerm(days=30),
        documents=(Papers("Заявитель", (Paper("Attestation"),)),), fee=Fee(note="12.0 EUR"), origin=Origin(id="Tax-on-web"))
    assert body == Authority("fin", "Finance", Branch.EXECUTIVE, origin=Origin(id="FIN"))


def test_linked_data_of_others_leaves_what_it_has_no_word_for() -> None:
    (brought,) = linked({"@context": {"dct": "http://purl.org/dc/terms/"}, "@type": "http://purl.org/vocab/cpsv#PublicService",
                         "dct:identifier": "licence", "dct:title": "Права"})
    changed = record_of(brought, LICENCE)
    assert isinstance(changed, PublicService)
    assert (changed.title, changed.appeal, changed.fee, changed.level) == ("Права", LICENCE.appeal, LICENCE.fee, LICENCE.level)


def book(fill: Callable[[xlsxwriter.Workbook], object]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        fill(made)
    return out.getvalue()


def cells(*rows: tuple[object, ...], sheet: str = "services") -> bytes:
    return book(lambda made: [made.add_worksheet(sheet).write_row(number, 0, row) for number, row in enumerate(rows)][:1]
                if len(rows) == 1 else _filled(made.add_worksheet(sheet), rows))


def _filled(sheet: "xlsxwriter.worksheet.Worksheet", rows: tuple[tuple[object, ...], ...]) -> None:
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)


def test_cells_that_a_spreadsheet_has_typed_are_read() -> None:
    (brought,) = read_file("x.xlsx", cells(("id", "fee.rubles", "fee.free", "questions"), ("licence", 3500, False, "первый\nвторой")))
    assert brought.entry == {"id": "licence", "fee.rubles": "3500", "fee.free": "false", "questions": ["первый", "второй"]}


def part(name: str, content: bytes) -> bytes:
    """A workbook with one of its parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(cells(("id", "title"), ("a", "b")))) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            new.writestr(each, content if each == name else old.read(each))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = ("<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a '" + "ha" * 50 + "'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 20}'>" for n in range(8)) + "]><worksheet>&i;</worksheet>").encode()
OUTSIDE = (b"<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><worksheet xmlns='http://schemas.openxmlformats.org/"
           b"spreadsheetml/2006/main'><sheetData><row r='1'><c t='inlineStr'><is><t>&a;</t></is></c></row></sheetData></worksheet>")


@pytest.mark.parametrize(("name", "content", "told"), [
    ("x.exe", b"", "читаются только"),
    ("x.csv", b"\xff\xfe\x00", "это не UTF-8"),
    ("x.csv", b"id,title\na,=cmd|'/c calc'!A1\n", "строка 2, title: формула"),
    ("x.csv", b"id,title\na\n", "ячеек не столько"),
    ("x.csv", b"id,id\na,b\n", "названы одинаково"),
    ("x.csv", b"id,nonsense\na,b\n", "столбца «nonsense» нет"),
    ("x.csv", b"id,origin.checksum\na,b\n", "столбца «origin.checksum» нет"),
    ("x.csv", b"id,documents\na,[{\n", "это не JSON"),
    ("x.csv", b"kind,id\nking,a\n", "бывает service"),
    ("x.csv", b"id,title\na,b\na,c\n", "стоит дважды"),
    ("x.csv", b"title\nb\n", "id пуст"),
    ("x.csv", b"x" * (FILE_LIMIT + 1), "длиннее"),
    ("x.xlsx", b"PK\x03\x04 no archive", "это не книга"),
    ("x.xlsx", cells(("id", "title"), ("a", '=HYPERLINK("http://evil")')), "services, строка 2: формула"),
    ("x.xlsx", cells(("id",), ("a",), sheet="Лист1"), "лист «Лист1» не знаком"),
    ("x.xlsx", part(SHEET, b" " * (UNPACKED_LIMIT + 1)), "в книге больше"),
    ("x.xlsx", part(SHEET, LAUGHS), "книга не читается"),
    ("x.xlsx", part(SHEET, OUTSIDE), ""),
    ("x.jsonld", b"[" * 100_000, "это не JSON"),
    ("x.jsonld", json.dumps("http://169.254.169.254/latest/meta-data").encode(), "ни объекта, ни списка"),
    ("x.jsonld", json.dumps({"@context": "http://169.254.169.254/latest", "@id": "a:b"}).encode(), "по сети не берётся"),
    ("x.jsonld", json.dumps({"@context": {"a": {"@id": "x:a", "@context": "http://10.0.0.1/"}}, "a": {}}).encode(), "@context один"),
    ("x.jsonld", json.dumps({"@context": {"@version": 1.1, "@import": "http://10.0.0.1/"}}).encode(), "@context один"),
    ("x.jsonld", ('{"a":' * 70 + "1" + "}" * 70).encode(), "больше 60 уровней"),
    ("x.toml", b"[[service]]\nid = 1\n", "service 1"),
])  # fmt: skip
def test_hostile_files_are_refused_at_once(name: str, content: bytes, told: str) -> None:
    # KB-03, SE-02: formulas, bombs, addresses to be fetched
    begun = time.thread_time()
    with pytest.raises(CatalogueError) as refused:
        read_file(name, content)
    assert told in str(refused.value)
    assert "root:" not in str(refused.value)
    assert time.thread_time() - begun < 2


def test_a_workbook_of_a_later_zip_is_refused() -> None:
    content = write_file(".xlsx", Catalogue((GIBDD,), (EXAM,), (LICENCE,)))
    entry = content.rindex(b"PK\x01\x02")
    with pytest.raises(CatalogueError):
        read_file("x.xlsx", content[:entry + 6] + bytes([245]) + content[entry + 7:])


@pytest.mark.parametrize("suffix", READERS)
@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_files_are_refused_in_words(suffix: str, data: st.DataObject) -> None:
    content = bytearray(write_file(suffix, Catalogue((GIBDD,), (EXAM,), (LICENCE,)))) if suffix in WRITERS else bytearray(b'[[service]]\nid = "a"\n')
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        for each in read_file(f"x{suffix}", bytes(content)):
            record_of(each)
    except CatalogueError as refused:
        assert str(refused)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_is_written_is_no_formula_in_a_spreadsheet(suffix: str) -> None:
    # SE-02, OWASP: CSV injection
    hostile = Catalogue(services=(PublicService("a", "=cmd|' /C calc'!A1", "+7", Level.FEDERAL, about="@SUM(1)", order="-1"),))
    written = write_file(suffix, hostile)
    if suffix == ".csv":
        assert "'=cmd" in written.decode("utf-8-sig")
        assert ";=" not in written.decode("utf-8-sig")
    else:
        with zipfile.ZipFile(io.BytesIO(written)) as archive:
            assert b"<f>" not in b"".join(archive.read(each) for each in archive.namelist())
    (back,) = read_file(f"x{suffix}", written)
    assert record_of(back).about == "@SUM(1)"  # type: ignore[union-attr]


def test_a_table_that_excel_has_saved_in_windows_1251_is_read() -> None:  # KB-04
    table = "kind;id;title\r\nservice;licence;Водительское удостоверение\r\n"
    found, = read_file("x.csv", table.encode("cp1251"))
    assert found == read_file("x.csv", table.encode("utf-8-sig"))[0]
    with pytest.raises(CatalogueError, match="сохраните файл как CSV UTF-8"):
        read_file("x.csv", b"kind;id\r\nservice;\x98\r\n")  # no character in either


@pytest.mark.parametrize(("column", "said"), [("titel", "похож title"), ("Адрес", "бывают id")])
def test_an_unknown_column_is_told_with_what_there_is(column: str, said: str) -> None:  # KB-04
    with pytest.raises(CatalogueError, match=said):
        read_file("x.csv", f"kind;id;{column}\r\nservice;licence;x\r\n".encode())


def test_a_workbook_has_russian_titles_and_former_ones_are_read() -> None:  # KB-04
    catalogue = Catalogue(services=(LICENCE,), authorities=(GIBDD,), offices=(EXAM,))
    with zipfile.ZipFile(io.BytesIO(written := write_file(".xlsx", catalogue))) as archive:
        texts = b"".join(archive.read(each) for each in archive.namelist()).decode()
    for title in ("Услуги", "Органы", "Офисы", "Жалоба: срок, рабочих дней", "Часы приёма: неделя", "Место: ОКТМО"):
        assert title in texts
    assert "appeal.term" not in texts
    assert [record_of(each).id for each in read_file("x.xlsx", written)] == [LICENCE.id, GIBDD.id, EXAM.id]
    with xlsxwriter.Workbook(former := io.BytesIO(), {"in_memory": True}) as book:
        book.add_worksheet("services").write_row(0, 0, ["id", "title", "Пошлина: рублей"])
        book.worksheets()[0].write_row(1, 0, ["licence", "Права", "2000"])
    (one,) = read_file("x.xlsx", former.getvalue())
    assert one.entry["fee.rubles"] == "2000"


def test_every_column_has_one_title() -> None:
    for kind in KINDS:
        titles = [title_of(column.path) for column in columns(kind)]
        assert len(set(titles)) == len(titles)
