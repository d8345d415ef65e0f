"""Stages and gates of the programme: criteria with their figures, protocols (GV-03, GV-04)."""

from datetime import date
from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.papers import paper_response
from hub.desk.http.tables import csv_response, csv_table
from hub.desk.organisation.centre import Centre
from hub.kernel.ports import Printer
from hub.programme.coverage import Reason
from hub.programme.coverage_service import CoverageService
from hub.programme.gate import NO_MFC, NOT_TRIED, CriterionResult, GateKind, GateMeasure, GateProtocol, is_passed, paper
from hub.programme.gate_service import GATES, GateService
from hub.programme.task import Note

LACKS: dict[str, str] = {
    Reason.NO_CENTRE: "нет регионального центра", Reason.LINK: "нет отчёта центра", Reason.NUMBER: "на номере не отвечают",
    Reason.ROSTER: "не круглосуточно", Reason.BOOKING: "нет записи на приём", Reason.HANDBOOK: "справочник неполон",
    Reason.CERTIFICATES: "не все обучены", NO_MFC: "нет действующего МФЦ", NOT_TRIED: "интеграция не опробована"}
Gate = Annotated[str, Meta(pattern="^[12]-(entry|exit)$")]
ProtocolId = Annotated[str, Meta(pattern="^[0-9a-z-]{1,40}$")]


class CountedSubjectOut(Struct, frozen=True):
    """It counts where it lacks nothing: reasons of coverage, `no_mfc`, `not_tried`."""

    subject: str
    name: str
    lacks: tuple[str, ...]


class CriterionResultOut(Struct, frozen=True):
    criterion: str
    title: str
    measure: GateMeasure
    target: int
    figure: int
    met: bool
    note: str
    subjects: list[CountedSubjectOut]


class GateProtocolOut(Struct, frozen=True):
    id: str
    day: date
    by: str
    passed: bool


class GateOut(Struct, frozen=True):
    """As it stands today."""

    gate: str
    stage: int
    kind: GateKind
    passed: bool
    results: list[CriterionResultOut]
    protocols: list[GateProtocolOut]


class GateProtocolIn(Struct, frozen=True):
    note: Note = ""


class GateFormQuery(Struct, frozen=True):
    form: Literal["csv", "docx", "pdf"] = "pdf"


@endpoint("GET", "/api/programme/gates", Permission.SEE_FIGURES)
async def programme_gates(service: GateService, coverage: CoverageService, call: Call) -> list[GateOut]:
    """Each gate: its criteria with figures and what they rest on, its protocols."""
    del call
    kept = await service.protocols()
    return [GateOut(f"{stage}-{kind}", stage, kind, is_passed(results), [_result_out(each, coverage) for each in results],
                    [_protocol_out(each) for each in kept if (each.stage, each.gate) == (stage, kind)])
            for (stage, kind), results in (await service.gates()).items()]


@endpoint("POST", "/api/programme/gates/{gate}/protocols", Permission.EDIT_PROGRAMME)
async def sign_gate(service: GateService, call: Call, gate: Gate, body: GateProtocolIn) -> GateProtocolOut:
    """Keep the gate as it stands now, passed or not."""
    stage, kind = next(each for each in GATES if f"{each[0]}-{each[1]}" == gate)
    return _protocol_out(await service.sign(call.who, stage, kind, body.note.strip()))


@endpoint("GET", "/api/programme/gate-protocols/{protocol}/file", Permission.SEE_FIGURES)
async def gate_protocol_file(service: GateService, coverage: CoverageService, centre: Centre, press: Printer, call: Call,
                             protocol: ProtocolId, query: GateFormQuery) -> web.Response:
    """A protocol as DOCX, PDF or CSV: the same bytes each time."""
    del call
    found = await service.protocol(protocol)
    if query.form == "csv":
        rows = [[each.title, each.target, each.figure, "да" if each.met else "нет",
                 "; ".join(f"{coverage.name(one.subject)}: {_lacking(one.lacks)}" for one in each.subjects), each.note]
                for each in found.results]
        return csv_response(f"{found.id}.csv", csv_table(("Критерий", "Нужно", "Есть", "Выполнено", "Субъекты", "Основание"), rows))
    names = {one.subject: coverage.name(one.subject) for each in found.results for one in each.subjects}
    body = await press(paper(found, names, LACKS, centre.name), query.form)
    return paper_response(found.id, query.form, body)


def _lacking(lacks: tuple[str, ...]) -> str:
    return ", ".join(LACKS[each] for each in lacks) or "засчитан"


def _result_out(of: CriterionResult, coverage: CoverageService) -> CriterionResultOut:
    subjects = [CountedSubjectOut(each.subject, coverage.name(each.subject), each.lacks) for each in of.subjects]
    return CriterionResultOut(of.criterion, of.title, of.measure, of.target, of.figure, of.met, of.note, subjects)


def _protocol_out(of: GateProtocol) -> GateProtocolOut:
    return GateProtocolOut(of.id, of.day, of.by, of.passed)


ENDPOINTS = (programme_gates, sign_gate, gate_protocol_file)
