"""Stages and their gates: criteria over the coverage of a register written by hand, and protocols that are kept (GV-03, GV-04)."""

import csv
import io
import tomllib
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from bots.russian import Russian
from hub.access.operator import Operator, Role
from hub.kernel.errors import RefusedError
from hub.organisation.centre import Centre, Mfc
from hub.organisation.queue import Lines, Queue
from hub.organisation.registry import Registry
from hub.programme.coverage_service import CoverageService
from hub.programme.daily_report import key_of
from hub.programme.gate import CriterionResult, GateKind, Pilot, is_passed
from hub.programme.gate_service import GateService
from hub.programme.readiness import Readiness
from hub.programme.readiness_book import ReadinessBook
from hub.programme.sheet import Sheet, SheetName, SheetRow
from hub.programme.sheet_book import SheetBook
from hub.reporting.days import Days
from okno.territory import subjects
from storage.memory import MemoryStore
from tests.house import People

GOLDEN: dict[str, Any] = tomllib.loads((Path(__file__).parent / "golden.toml").read_text(encoding="utf8"))
STARTER = msgspec.convert(tomllib.loads((files("hub") / "data/programme.toml").read_text("utf8")), dict[SheetName, tuple[SheetRow, ...]])
NOW = datetime(2026, 12, 31, 9, tzinfo=UTC)
BOSS = Operator("boss", "Начальник", Role.SUPERVISOR)
ENTRY, EXIT = (1, GateKind.ENTRY), (1, GateKind.EXIT)


class Office:
    """The federal programme office on the golden day, with offices of the МФЦ as the test has them."""

    def __init__(self, russian: Russian, *mfcs: Mfc) -> None:
        self.now = NOW
        self.store = MemoryStore(russian)
        days = Days(self.store, Lines([Queue("general", "Общая", centre="000")]), "000", ZoneInfo("Europe/Moscow"), lambda: self.now)
        book = ReadinessBook(self.store, days, lambda centre, day: Readiness(key_of(centre, day), centre, day, 0, 1, 0, 1, 1, 1, 0, 4, 4))
        registry = Registry(msgspec.convert(GOLDEN["centre"], list[Centre]), mfcs, subjects=subjects().codes)
        self.sheets = SheetBook(self.store, days, lambda: self.now, STARTER)
        self.gates = GateService(self.store, self.sheets, CoverageService(book, registry, subjects(), days), registry, lambda: self.now)

    async def put(self, sheet: SheetName, row: SheetRow) -> Sheet:
        return await self.sheets.put(BOSS, sheet, self.sheets[sheet].version, row)

    async def result(self, gate: tuple[int, GateKind], criterion: str) -> CriterionResult:
        return next(each for each in (await self.gates.gates())[gate] if each.criterion == criterion)


def mfc(subject: str, number: int = 1, until: date | None = None) -> Mfc:
    return Mfc(id=f"{subject}-{number}", name="МФЦ", subject=subject, municipality=f"{subject}000001", served_population=1, valid_from=date(2025, 1, 1), valid_to=until)


async def test_a_pilot_needs_two_subjects_each_with_an_active_mfc(russian: Russian) -> None:
    # GV-03
    office = Office(russian, mfc("02"), mfc("02", 2), mfc("16", until=date(2026, 12, 30)), mfc("54"))
    assert (await office.result(ENTRY, "pilots")).figure == 0
    await office.put(SheetName.PILOTS, Pilot(id="1", subject="02"))
    await office.put(SheetName.PILOTS, Pilot(id="2", subject="16"))
    await office.put(SheetName.PILOTS, Pilot(id="3", subject="02"))
    told = await office.result(ENTRY, "pilots")
    # Two МФЦ in one subject are one subject, and one that was closed the day before is none.
    assert (told.figure, told.target, told.met) == (1, 2, False)
    assert {each.subject: each.lacks for each in told.subjects} == {"02": (), "16": ("no_mfc",)}
    await office.put(SheetName.PILOTS, Pilot(id="2", subject="54"))
    assert (await office.result(ENTRY, "pilots")).met


async def test_a_stage_is_left_by_criteria_over_what_is_counted(russian: Russian) -> None:
    # GV-04
    office = Office(russian, mfc("02"), mfc("16"))
    for report in GOLDEN["report"]:
        await office.store.put(msgspec.convert(report | {"key": key_of(report["centre"], report["day"]), "version": 1}, Readiness))
    covered = sum(not reasons for reasons in GOLDEN["expected"].values())
    lacking = next(subject for subject, reasons in GOLDEN["expected"].items() if reasons)
    await office.put(SheetName.PILOTS, Pilot(id="1", subject="02", systems="АИС МФЦ", done=date(2026, 12, 1)))
    await office.put(SheetName.PILOTS, Pilot(id="2", subject=lacking, systems="АИС МФЦ", done=date(2027, 1, 1)))
    assert (await office.result((2, GateKind.EXIT), "covered-2013")).figure == covered
    assert (await office.result(EXIT, "federal")).met
    pilots = await office.result(EXIT, "pilots-covered")
    assert {each.subject: list(each.lacks) for each in pilots.subjects} == {"02": [], lacking: GOLDEN["expected"][lacking]}
    assert [each.lacks for each in (await office.result(EXIT, "pilots-tried")).subjects] == [(), ("not_tried",)]

    # Stage 2 begins with the protocol by which stage 1 was left, and with no other.
    assert not is_passed((await office.gates.gates())[EXIT])
    assert not (await office.gates.sign(BOSS, *EXIT, "Рано")).passed
    assert not (await office.result((2, GateKind.ENTRY), "first-stage")).met
    for row in [each for each in office.sheets[SheetName.CRITERIA].rows if each.id not in ("federal", "first-stage")]:
        await office.sheets.drop(BOSS, SheetName.CRITERIA, office.sheets[SheetName.CRITERIA].version, row.id)
    office.now = NOW.replace(hour=10)
    assert (await office.gates.sign(BOSS, *EXIT, "")).passed
    assert (await office.result((2, GateKind.ENTRY), "first-stage")).met
    with pytest.raises(RefusedError, match="только что"):
        await office.gates.sign(BOSS, *EXIT, "")
    with pytest.raises(RefusedError, match="нет критериев"):
        await office.gates.sign(BOSS, 2, GateKind.EXIT, "")
    kept = await office.gates.protocols()
    assert [(each.passed, len(each.results), each.note) for each in kept] == [(True, 1, ""), (False, 8, "Рано")]


async def test_the_protocol_of_a_gate_is_a_file_for_signature(at: People) -> None:
    # GV-03, GV-04
    admin = await at.admin()
    boss, anna = await at.clerk(admin, "supervisor"), await at.clerk(admin)
    await boss.does("PUT", "/api/programme/sheets/pilots/rows/1", {"version": 0, "row": {"type": "pilot", "id": "1", "subject": "50"}})
    gates = {each["gate"]: each for each in await boss.does("GET", "/api/programme/gates")}
    pilots = next(each for each in gates["1-entry"]["results"] if each["criterion"] == "pilots")
    assert (pilots["figure"], pilots["met"], pilots["subjects"]) == (1, False, [{"subject": "50", "name": "Московская область", "lacks": []}])
    assert (await anna.call("POST", "/api/programme/gates/1-entry/protocols", {}))[0] == 403
    signed = await boss.does("POST", "/api/programme/gates/1-entry/protocols", {"note": "Вернуться через месяц"})
    assert (signed["passed"], signed["by"]) == (False, boss.login)
    base = f"/api/programme/gate-protocols/{signed['id']}/file?form="
    table = list(csv.reader(io.StringIO((await boss.does("GET", f"{base}csv")).decode("utf-8-sig")), delimiter=";"))
    assert table[2] == ["Определены пилотные субъекты с действующими МФЦ, не менее двух", "2", "1", "нет", "Московская область: засчитан", ""]
    for form, magic in (("pdf", b"%PDF"), ("docx", b"PK")):
        assert (await boss.does("GET", base + form)).startswith(magic)
    assert (await boss.call("GET", "/api/programme/gate-protocols/1-exit-0/file"))[1]["error"] == "no_such_protocol"
    assert [each["what"] for each in await admin.does("GET", "/api/audit") if each["about"] == signed["id"]] == ["gate_protocol"]
