"""Versions of the registry: who may write and approve what, from when it holds, what the file says, and the way back."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError
from hub.organisation.centre import Centre, CentreContract, Function, LegalForm, Number, RegistryError, Trunk, TrunkKind
from hub.organisation.contract_targets import ContractFigures, ContractTarget, ContractTargets, missed
from hub.organisation.level import Level
from hub.organisation.overload_thresholds import OverloadThresholds
from hub.organisation.registry import Registry
from hub.organisation.registry_file import read_records, written_records
from hub.organisation.registry_records import RegistryRecords, differences
from hub.organisation.registry_versions import RegistryVersions
from hub.organisation.territory import Place
from okno.commands.registry import read_registry
from okno.territory import subjects
from tests.rig import Clock

DEMO = (files("okno.demo") / "registry.toml").read_text(encoding="utf8")
FEDERAL, REGION, TOWN = ("000",), ("001",), ("077",)


@pytest.fixture
async def versions(store: Store, clock: Clock) -> AsyncIterator[RegistryVersions]:
    made = another(store, clock)
    await made.read()
    yield made
    made.close()


def another(store: Store, clock: Clock) -> RegistryVersions:
    return RegistryVersions(store, clock, ZoneInfo("Europe/Moscow"), read_registry(DEMO, subjects()), lambda _: None, subjects().codes)


def centre(versions: RegistryVersions, code: str) -> Centre:
    return next(each for each in versions.newest.records.centres if each.id == code)


def refused(error: pytest.ExceptionInfo[RefusedError]) -> str:
    return error.value.code


async def test_one_writes_another_approves_and_it_holds_from_its_day(versions: RegistryVersions, store: Store, clock: Clock) -> None:
    # LV-08: a number that changes on a day changes on that day, in the object that all rooms hold, without a restart
    in_all_rooms, today = versions.registry, versions.today
    day = today + timedelta(days=3)
    changed = replace(centre(versions, "077"), valid_from=day, numbers=(Number("+78001000078"),))
    draft = await versions.edit("anna", REGION, "0.0", lambda records: records.with_centre(changed))
    assert (draft.version, draft.edit, draft.authors) == (1, 1, ("anna",))
    assert in_all_rooms.dialled("+78001000078", day) is None
    with pytest.raises(RefusedError) as error:
        await versions.approve("anna", REGION, draft.seen)
    assert refused(error) == "own_registry"
    told = list[bool]()
    versions.on_change.subscribe(lambda: told.append(True))
    await versions.approve("boris", REGION, draft.seen)
    assert told == [True]
    former, now = in_all_rooms.dialled("+78001000077", day - timedelta(days=1)), in_all_rooms.dialled("+78001000078", day)
    assert former is not None
    assert now is not None
    assert (former.id, former.valid_to, now.id) == ("077", day - timedelta(days=1), "077")
    assert in_all_rooms.dialled("+78001000077", day) is None
    clock.forward(4 * 86400)
    versions.look()
    assert told == [True, True]  # the rooms compute anew what they keep of a day
    versions.look()
    assert told == [True, True]
    # Another hub of the deployment takes over from the store.
    second = another(store, clock)
    await second.read()
    assert second.current == versions.current
    assert second.registry.dialled("+78001000078", day) is not None
    assert second.differs  # the file still has the former number


async def test_who_has_written_any_of_a_draft_does_not_approve_it(versions: RegistryVersions) -> None:
    # LV-07: one writes and another approves, however many write
    draft = await versions.edit("anna", REGION, "0.0", lambda r: r.with_centre(replace(centre(versions, "001"), owner="Другой орган")))
    draft = await versions.edit("boris", REGION, draft.seen, lambda r: r.with_centre(replace(centre(versions, "077"), owner="Третий орган")))
    assert draft.authors == ("anna", "boris")
    for login in draft.authors:
        with pytest.raises(RefusedError) as error:
            await versions.approve(login, REGION, draft.seen)
        assert refused(error) == "own_registry"
    with pytest.raises(RefusedError) as error:
        await versions.edit("vera", REGION, "0.0", lambda r: r.with_centre(replace(centre(versions, "001"), owner="Четвёртый орган")))
    assert refused(error) == "outdated"
    await versions.approve("vera", REGION, draft.seen)
    assert [each.owner for each in versions.registry.active(versions.today) if each.id in {"001", "077"}] == ["Другой орган", "Третий орган"]


async def test_each_level_changes_its_own_and_what_is_below(versions: RegistryVersions) -> None:
    # MU-01, LV-02: a town changes itself, a region its towns, the federal centre all
    town, region = centre(versions, "077"), centre(versions, "001")

    async def tried(own: tuple[str, ...], change: Centre) -> str:
        try:
            draft = await versions.edit("anna", own, versions.newest.seen, lambda records: records.with_centre(change))
        except RefusedError as refusal:
            return refusal.code
        await versions.discard("anna", own, draft.seen)
        return "may"

    assert [await tried(own, replace(town, owner="Орган")) for own in (FEDERAL, REGION, TOWN, ("016",))] == ["may", "may", "may", "forbidden"]
    assert [await tried(own, replace(region, owner="Орган")) for own in (FEDERAL, REGION, TOWN)] == ["may", "may", "forbidden"]
    assert await tried(REGION, replace(centre(versions, "000"), owner="Орган")) == "forbidden"
    assert await tried(TOWN, replace(town, level=Level.REGIONAL, area=replace(town.area, mfcs=()))) == "forbidden"
    assert await tried(TOWN, replace(town, area=replace(town.area, subjects=("16",)))) != "may"


async def test_a_new_centre_a_contract_and_an_attachment(versions: RegistryVersions) -> None:
    # LV-07, GV-05, RG-08: a contract in numbers, an МФЦ without a centre of its own, thresholds with their day
    day = versions.today
    contract = CentreContract(contractor="ООО «Голос»", function=Function.INFORMATION, targets=ContractTargets(answered_percent=80),
                        valid_from=day, valid_to=day + timedelta(days=90))
    made = Centre(id="066", name="Центр новой области", level=Level.REGIONAL, owner="Правительство", legal_form=LegalForm.PART,
                  hours="round-the-clock", area=replace(centre(versions, "001").area, subjects=("66",)), numbers=(Number("+78001000066"),),
                  trunks=(Trunk(carrier="Оператор", kind=TrunkKind.PSTN, lines=30, valid_from=day),), contracts=(contract,),
                  overload=OverloadThresholds(wait_on_s=30), valid_from=day)
    draft = await versions.edit("anna", FEDERAL, "0.0", lambda records: records.with_centre(made))
    mfc = next(each for each in draft.records.mfcs if each.id != "large")
    attached = {each.mfc for each in draft.records.attachments}
    if mfc.id not in attached:
        draft = await versions.edit("anna", FEDERAL, draft.seen, lambda records: records.attached(mfc.id, day))
    draft = await versions.edit("anna", FEDERAL, draft.seen, lambda records: records.detached(mfc.id, day + timedelta(days=10)))
    told = differences(versions.current.records, draft.records)
    assert any("Новый центр 066" in each for each in told)
    await versions.approve("boris", FEDERAL, draft.seen)
    registry = versions.registry
    assert registry.may("066", Function.INFORMATION, "ООО «Голос»", day)
    assert not registry.may("066", Function.INFORMATION, "ООО «Голос»", day + timedelta(days=91))
    assert registry.overload(day)["066"].wait_on_s == 30
    assert (found := registry.responsible(Place("66", "65701000"), day)) is not None
    assert found.centre.id == "066"
    assert mfc.id in {each.id for each in registry.attached(day)}
    assert mfc.id not in {each.id for each in registry.attached(day + timedelta(days=10))}


async def test_the_way_back_and_the_way_through_a_file(versions: RegistryVersions) -> None:
    # LV-08: versions are compared, restored, and written as the file that `okno run` reads
    first = versions.current.records
    assert read_records(written_records(first)) == first
    draft = await versions.edit("anna", FEDERAL, "0.0", lambda r: r.with_centre(replace(centre(versions, "001"), hours="day", owner='Орган "А"\\')))
    assert read_records(written_records(draft.records)) == draft.records
    await versions.approve("boris", FEDERAL, draft.seen)
    assert "часы round-the-clock → day" in differences(first, versions.current.records)[0]
    back = await versions.restore("anna", FEDERAL, versions.newest.seen, 0)
    assert back.records == first
    await versions.approve("boris", FEDERAL, back.seen)
    assert (versions.current.version, versions.differs) == (2, [])
    with pytest.raises(RefusedError) as error:
        await versions.restore("anna", FEDERAL, versions.newest.seen, 0)
    assert refused(error) == "nothing_new"


async def test_what_is_wrong_is_told_in_russian(versions: RegistryVersions) -> None:
    # LV-08: every active centre has a published free number
    with pytest.raises(RefusedError) as error:
        await versions.edit("anna", FEDERAL, "0.0", lambda r: r.with_centre(replace(centre(versions, "077"), numbers=())))
    assert (refused(error), error.value.text) == ("bad_registry", "Центр 077: центру нужен опубликованный бесплатный номер.")
    with pytest.raises(RegistryError) as wrong:
        Registry([], [], [], None)
    assert wrong.value.russian == "Реестр: нет федерального центра."


def test_a_contract_is_measured_against_its_numbers() -> None:
    # LV-07: a breach is a number that was missed, with enough contacts to say so
    targets = ContractTargets(answered_percent=80, left_percent=5, handling_s=240)
    figures = ContractFigures(100, 90, 79.9, 5.0, 250.0, 40.0)
    assert missed(targets, figures) == [ContractTarget.ANSWERED, ContractTarget.HANDLING]
    assert missed(targets, ContractFigures(19, 1, 10.0, 90.0, 900.0, None)) == []


def test_a_record_between_two_others_ends_when_the_later_begins() -> None:
    registry = read_registry(DEMO, subjects())
    records = RegistryRecords(registry.centres, registry.mfcs, registry.attachments)
    one = next(each for each in records.centres if each.id == "016")
    late = records.with_centre(replace(one, valid_from=date(2030, 1, 1), owner="В"))
    between = late.with_centre(replace(one, valid_from=date(2029, 1, 1), owner="Б"))
    its = [(each.owner, each.valid_from, each.valid_to) for each in between.centres if each.id == "016"]
    assert its == [(one.owner, one.valid_from, date(2028, 12, 31)), ("Б", date(2029, 1, 1), date(2029, 12, 31)), ("В", date(2030, 1, 1), None)]
    Registry(between.centres, between.mfcs, between.attachments)
