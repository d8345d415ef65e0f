"""The register: which centre answers for a place, was dialled, books, and what a record may not say."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.organisation.centre import (
    Area,
    Centre,
    CentreContract,
    Function,
    LegalForm,
    Mfc,
    MfcAttachment,
    Number,
    RegistryError,
    Site,
    Tariff,
    Trunk,
    TrunkKind,
)
from hub.organisation.level import Level
from hub.organisation.registry import Body, Registry, Why
from hub.organisation.territory import Place

START, TODAY = date(2024, 1, 1), date(2026, 11, 24)
DAY = timedelta(days=1)


def trunk(lines: int = 30, kind: TrunkKind = TrunkKind.PSTN, **parts: Any) -> Trunk:
    return Trunk(**({"carrier": "Связь", "kind": kind, "lines": lines, "valid_from": START} | parts))


def centre(code: str, level: Level, **parts: Any) -> Centre:
    usual = {"name": f"ЦТО {code}", "owner": "Правительство", "legal_form": LegalForm.PART, "hours": "always", "valid_from": START,
             "numbers": (Number(f"+78001000{code}"),), "trunks": (trunk(),)}
    return Centre(**({"id": code, "level": level} | usual | parts))


def office(code: str, people: int, subject: str = "50", municipality: str = "m1", **parts: Any) -> Mfc:
    return Mfc(**({"id": code, "name": code, "subject": subject, "municipality": municipality, "served_population": people,
                   "valid_from": START} | parts))


FEDERAL = centre("000", Level.FEDERAL)
REGION = centre("050", Level.REGIONAL, area=Area(("50",)))
TOWN = centre("077", Level.MUNICIPAL, area=Area(("50",), ("m1",), ("large",)))
LARGE, SMALL, FAR = office("large", 100_001), office("small", 100_000), office("far", 9_000, "87", "m9")
ALL = Registry([FEDERAL, REGION, TOWN], [LARGE, SMALL, FAR])


def answers(registry: Registry, place: Place, on: date = TODAY) -> tuple[str, Why]:
    found = registry.responsible(place, on)
    assert found is not None
    return found.centre.id, found.why


def test_one_person_more_makes_the_municipal_centre_responsible() -> None:
    # LV-02, LV-03, D8
    assert answers(ALL, Place(mfc="large")) == ("077", Why.MFC)
    assert answers(ALL, Place("50", "m1", "small")) == ("050", Why.SUBJECT)
    with pytest.raises(RegistryError, match=r"centre 077: area\.mfcs: small serves 100000"):
        Registry([FEDERAL, REGION, replace(TOWN, area=Area(("50",), mfcs=("small",)))], [LARGE, SMALL])


def test_a_large_office_without_a_centre_is_the_regions() -> None:
    # LV-03, D8: existence is a fact of the register, not computed
    assert answers(Registry([FEDERAL, REGION], [LARGE]), Place(mfc="large")) == ("050", Why.SUBJECT)


def test_a_municipal_centre_answers_from_its_first_day_to_its_last() -> None:
    # LV-03
    town = replace(TOWN, valid_from=date(2025, 3, 1), valid_to=date(2025, 12, 31))
    registry = Registry([FEDERAL, REGION, town], [LARGE])
    days = [(date(2025, 2, 28), "050"), (date(2025, 3, 1), "077"), (date(2025, 12, 31), "077"), (date(2026, 1, 1), "050")]
    assert [(day, answers(registry, Place(mfc="large"), day)[0]) for day, _ in days] == days
    assert registry.active(date(2026, 1, 1)) == (FEDERAL, REGION)


def test_without_a_regional_centre_the_federal_one_only_informs() -> None:
    # GV-05, D7
    for place in (Place(mfc="far"), Place("87"), Place()):
        found = ALL.responsible(place, TODAY)
        assert found is not None
        assert (found.centre, found.why, found.information_only) == (FEDERAL, Why.NO_CENTRE, True)
    region = ALL.responsible(Place("50"), TODAY)
    assert region is not None
    assert not region.information_only


def test_an_office_is_attached_and_detached_by_date() -> None:
    # GV-05, D7
    first, last = date(2025, 1, 10), date(2025, 6, 1)
    registry = ALL.attach("small", first).detach("small", last)
    place = Place(mfc="small")
    assert [answers(registry, place, day)[1] for day in (first - DAY, first, last - DAY, last)] == [
        Why.SUBJECT, Why.ATTACHED, Why.ATTACHED, Why.SUBJECT]
    assert registry.attached(first) == (SMALL,)
    assert registry.attached(last) == ALL.attached(first) == ()
    booking = registry.booking_centre(SMALL, first)
    assert booking == REGION


def test_what_cannot_be_attached_or_detached() -> None:
    # GV-05
    with pytest.raises(RegistryError, match="a centre of its own then, 077"):
        ALL.attach("large", TODAY)
    with pytest.raises(RegistryError, match="two records"):
        ALL.attach("small", TODAY).attach("small", TODAY + DAY)
    with pytest.raises(RegistryError, match="no such МФЦ"):
        ALL.attach("nowhere", TODAY)
    with pytest.raises(RegistryError, match="not attached"):
        ALL.detach("small", TODAY)


def test_the_federal_centre_never_books() -> None:
    # D18, D7
    booked = [ALL.booking_centre(host, TODAY) for host in (
        LARGE, SMALL, FAR, Body(Place("50", "m1")), Body(Place("50", "m1"), municipal=True), Body(Place("50", "m2"), municipal=True), Body(Place("87")))]
    assert booked == [TOWN, REGION, None, REGION, TOWN, REGION, None]


def test_regional_centres_may_share_a_subject_by_municipalities() -> None:
    # LV-02
    north = centre("051", Level.REGIONAL, area=Area(("50",), ("m2",)))
    registry = Registry([FEDERAL, REGION, north])
    assert [answers(registry, Place("50", each))[0] for each in ("m1", "m2", "")] == ["050", "051", "050"]


@pytest.mark.parametrize(("number", "subject", "found"), [
    ("+78001000000", "", "000"), ("+78001000050", "87", "050"), ("+78001000077", "", "077"), ("+78001999999", "50", None),
    ("122", "50", "050"), ("122", "16", "016"), ("122", "", None), ("122", "87", None)])
def test_the_dialled_number_names_its_centre(number: str, subject: str, found: str | None) -> None:
    # LV-08
    short = (*REGION.numbers, Number("122"))
    tatar = centre("016", Level.REGIONAL, area=Area(("16",)), numbers=(Number("+78001000016"), Number("122")))
    registry = Registry([FEDERAL, replace(REGION, numbers=short), tatar, TOWN], [LARGE])
    dialled = registry.dialled(number, TODAY, subject)
    assert (dialled.id if dialled else None) == found
    assert registry.dialled(number, START - DAY, subject) is None


def test_the_directory_has_every_active_centre_and_no_hidden_number() -> None:
    # LV-08, SL-02
    own = (*FEDERAL.numbers, Number("+74951000000", Tariff.LOCAL, published=False))
    closed = centre("099", Level.REGIONAL, area=Area(("16",)), valid_to=date(2025, 1, 1))
    registry = Registry([TOWN, closed, REGION, replace(FEDERAL, numbers=own)], [LARGE])
    rows = registry.directory(TODAY)
    assert [(each.number, each.centre, each.level) for each in rows] == [
        ("+78001000000", "000", Level.FEDERAL), ("+78001000050", "050", Level.REGIONAL), ("+78001000077", "077", Level.MUNICIPAL)]
    assert {each.centre for each in rows} == {each.id for each in registry.active(TODAY)}
    assert all(each.tariff is Tariff.FREE and each.hours and each.owner for each in rows)


def contract(function: Function, **parts: Any) -> CentreContract:
    return CentreContract(**({"contractor": "Связь", "function": function, "service_level": "98 %", "valid_from": START} | parts))


def test_a_contractor_sees_what_was_delegated_and_nothing_else() -> None:
    # LV-07
    outsourced = replace(REGION, contracts=(
        contract(Function.INFORMATION, valid_to=date(2025, 12, 31)), contract(Function.CALLBACKS, personal_data=True),
        contract(Function.BOOKING, contractor="Другой")))
    registry = Registry([FEDERAL, outsourced])
    assert outsourced.delegated("Связь", date(2025, 12, 31)) == {Function.INFORMATION, Function.CALLBACKS}
    assert outsourced.delegated("Связь", TODAY) == {Function.CALLBACKS}
    granted = {(f, c, p) for f in Function for c in ("Связь", "Другой", "Никто") for p in (False, True)
               if registry.may("050", f, c, TODAY, personal_data=p)}
    assert granted == {(Function.CALLBACKS, "Связь", False), (Function.CALLBACKS, "Связь", True), (Function.BOOKING, "Другой", False)}
    assert not registry.may("000", Function.CALLBACKS, "Связь", TODAY)


def test_the_federal_centre_follows_another_without_a_day_between() -> None:
    # LV-01
    sites = (Site("north", "Север"), Site("south", "Юг"))
    before, after = replace(FEDERAL, valid_to=date(2025, 6, 30)), centre("001", Level.FEDERAL, valid_from=date(2025, 7, 1), sites=sites)
    registry = Registry([after, before])
    assert [registry.federal(day) for day in (START - DAY, date(2025, 6, 30), date(2025, 7, 1))] == [None, before, after]
    for first, field in ((date(2025, 7, 2), "valid_from"), (date(2025, 6, 30), "level")):
        with pytest.raises(RegistryError) as raised:
            Registry([before, replace(after, valid_from=first)])
        assert (raised.value.record, raised.value.field) == ("centre 001", field)


def told(**parts: Any) -> Callable[[], Registry]:
    return lambda: Registry([FEDERAL, replace(REGION, **parts)], [LARGE, SMALL], subjects={"50", "87"})


@pytest.mark.parametrize(("broken", "field"), [
    (told(owner=" "), "owner"), (told(name=""), "name"), (told(hours=""), "hours"), (told(id="50"), "id"), (told(id="000"), "id"),  # LV-06
    (told(valid_to=START - DAY), "valid_to"), (told(numbers=()), "numbers"), (told(numbers=(Number("+78001000050", published=False),)), "numbers"),  # LV-08
    (told(numbers=(Number("+78001000050"), Number("+79001000050", Tariff.PAID))), "numbers"),  # SL-02
    (told(numbers=(Number("8-800-100-00-50"),)), "numbers"), (told(numbers=FEDERAL.numbers), "numbers"), (told(numbers=REGION.numbers * 2), "numbers"),
    (told(level=Level.FEDERAL, area=Area()), "level"), (told(level=Level.FEDERAL), "area"),  # LV-01
    (told(area=Area()), "area.subjects"), (told(area=Area(("00",))), "subject"), (told(area=Area(("50",), mfcs=("large",))), "area.mfcs"),
    (told(area=Area(("50",), ("",))), "area.municipalities"), (told(level=Level.MUNICIPAL), "area.mfcs"),
    (told(level=Level.MUNICIPAL, area=Area(("50", "87"), mfcs=("large",))), "area.subjects"),
    (told(level=Level.MUNICIPAL, area=Area(("87",), mfcs=("large",))), "area.mfcs"),
    (told(level=Level.MUNICIPAL, area=Area(("50",), mfcs=("none",))), "area.mfcs"),
    (told(sites=(Site("a", "А"), Site("a", "Б"))), "sites"),
    (told(trunks=()), "trunks"), (told(trunks=(trunk(0),)), "trunks"), (told(trunks=(trunk(carrier=" "),)), "trunks"),  # SL-07
    (told(trunks=(trunk(valid_to=START - DAY),)), "valid_to"),
    (told(trunks=(trunk(address="sip.example.ru:5060"),)), "trunks"), (told(trunks=(trunk(kind=TrunkKind.SIP),)), "trunks"),  # LV-09
    (told(trunks=(trunk(), trunk(kind=TrunkKind.SIP, address="127.0.0.1:5060"))), "trunks"),
    (told(contracts=(contract(Function.SURVEYS, valid_from=START - DAY),)), "contracts"),  # LV-07
    (told(contracts=(contract(Function.SURVEYS, contractor=""),)), "contracts")])
def test_a_record_that_cannot_be_is_named(broken: Callable[[], Registry], field: str) -> None:
    # LV-01, LV-06, LV-07, LV-08, LV-09, SL-02, SL-07
    with pytest.raises(RegistryError) as raised:
        broken()
    assert (raised.value.record.partition(" ")[0], raised.value.field) == ("centre", field)


def test_a_trunk_needs_no_private_network() -> None:
    # LV-09
    public = told(trunks=(trunk(kind=TrunkKind.SIP, address="sip.example.ru:5061"),))()
    assert public.centres[1].lines(TODAY) == 30
    with pytest.raises(RegistryError, match=r"centre 050: trunks: Связь: address: 192\.168\.1\.2 is not of the public network"):
        told(trunks=(trunk(kind=TrunkKind.SIP, address="192.168.1.2:5060"),))()


def test_lines_are_those_of_the_day_and_there_are_some_on_every_day() -> None:
    # SL-07
    last, first, end = date(2025, 6, 30), date(2025, 7, 1), date(2026, 1, 1)
    before, after, more = trunk(30, valid_to=last), trunk(60, valid_from=first), trunk(15, valid_from=last, valid_to=first)
    region = replace(REGION, trunks=(after, before, more))
    Registry([FEDERAL, region])
    assert [region.lines(day) for day in (START, last, first, first + DAY)] == [30, 45, 75, 60]
    for trunks, gap in (((before, replace(after, valid_from=first + DAY)), first), ((replace(before, valid_from=START + DAY), after), START),
                        ((before, replace(after, valid_to=end)), end + DAY)):
        with pytest.raises(RegistryError, match=f"no line leads to the centre on {gap}"):
            Registry([FEDERAL, replace(REGION, trunks=trunks)])
    Registry([FEDERAL, replace(REGION, trunks=(before, replace(after, valid_to=end)), valid_to=end)])
    Registry([FEDERAL, replace(REGION, trunks=(trunk(valid_to=date.max),))])


@pytest.mark.parametrize(("centres", "mfcs", "attachments", "named"), [
    ([REGION], [], [], "no federal"),
    ([FEDERAL, REGION, centre("051", Level.REGIONAL, area=Area(("50",)))], [], [], "centre 051: area.subjects"),
    ([FEDERAL, TOWN, replace(TOWN, id="078", numbers=(Number("+78001000078"),))], [LARGE], [], "centre 078: area.mfcs"),
    ([replace(FEDERAL, contracts=(contract(Function.BOOKING),))], [], [], "centre 000: contracts: booking"),
    ([FEDERAL], [SMALL, SMALL], [], "mfc small: valid_from"), ([FEDERAL], [office("x", -1)], [], "mfc x: served_population"),
    ([FEDERAL], [office("x", 1, municipality="")], [], "mfc x: municipality"),
    ([FEDERAL], [SMALL], [MfcAttachment(mfc="small", valid_from=TODAY, valid_to=START)], "attachment of small: valid_to")])
def test_records_that_cannot_be_together(centres: list[Centre], mfcs: list[Mfc], attachments: list[MfcAttachment], named: str) -> None:
    # LV-01, LV-02, D1, D18
    with pytest.raises(RegistryError, match=named):
        Registry(centres, mfcs, attachments)


@pytest.mark.parametrize("field", ["owner", "legal_form", "valid_from"])
def test_owner_form_and_dates_are_compulsory(field: str) -> None:
    # LV-06
    parts = {each: getattr(REGION, each) for each in Centre.__struct_fields__ if each != field}
    with pytest.raises(TypeError, match=field):
        Centre(**parts)


SUBJECTS = ["16", "50", "87"]
PLACES = st.builds(Place, st.sampled_from(["", *SUBJECTS]), st.sampled_from(["", "m0", "m1", "m9"]), st.sampled_from(["", "o0", "o1", "o2", "lost"]))


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    """A federal centre, some regional and municipal ones, and offices about the boundary, each with dates of its own."""
    days = st.integers(0, 900).map(lambda n: START + n * DAY)
    mfcs = [office(f"o{n}", draw(st.sampled_from([0, 99_999, 100_000, 100_001, 900_000])), draw(st.sampled_from(SUBJECTS)), f"m{n}")
            for n in range(3)]
    regional = [centre(f"1{code}", Level.REGIONAL, area=Area((code,)), valid_from=draw(days)) for code in SUBJECTS if draw(st.booleans())]
    municipal = [centre(f"20{each.id[1]}", Level.MUNICIPAL, area=Area((each.subject,), (each.municipality,), (each.id,)), valid_from=draw(days))
                 for each in mfcs if each.served_population > 100_000 and draw(st.booleans())]
    own = {each for town in municipal for each in town.area.mfcs}
    attachments = [MfcAttachment(mfc=each.id, valid_from=draw(days)) for each in mfcs if each.id not in own and draw(st.booleans())]
    return Registry([FEDERAL, *regional, *municipal], mfcs, attachments)


@given(registries(), PLACES, st.integers(0, 1000).map(lambda n: START + n * DAY))
def test_exactly_one_centre_answers_for_every_place(registry: Registry, place: Place, on: date) -> None:
    # LV-02, LV-03, GV-05, D7, D8, D18
    found = registry.responsible(place, on)
    assert found is not None
    assert found.centre.active(on)
    assert found.information_only == (found.centre.level is Level.FEDERAL)
    mfc = registry.mfc(place.mfc, on)
    if found.why is Why.MFC:
        assert mfc is not None
        assert mfc.served_population > 100_000
    if mfc and mfc.served_population <= 100_000:
        assert found.centre.level is not Level.MUNICIPAL
    books = registry.booking_centre(mfc, on) if mfc else registry.booking_centre(Body(place, municipal=True), on)
    assert books is None or books.level is not Level.FEDERAL
    if not found.information_only:
        assert books == found.centre
