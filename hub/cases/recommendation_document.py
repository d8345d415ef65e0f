"""A recommendation as a printable document: figures, evidence, cause, proposal and addressee (CM-06). Pure."""

from collections.abc import Callable
from datetime import date, tzinfo

from hub.cases.recommendation import (
    SHOWN,
    Count,
    Evidence,
    MeasuredEffect,
    Recommendation,
    RecommendationState,
    ReportedFigure,
    Selection,
    shortened,
)
from hub.kernel.printable import Facts, Heading, PrintableDocument, PrintablePart, Table, Text

STATES = {
    RecommendationState.DRAFT: "проект", RecommendationState.APPROVED: "утверждена", RecommendationState.SENT: "направлена",
    RecommendationState.ACCEPTED: "принята",
    RecommendationState.REJECTED: "отклонена", RecommendationState.DONE: "исполнена"}
TABLES = {
    "breach": "По нарушениям", "topic": "По темам", "service": "По услугам", "authority": "По органам",
    "territory": "По субъектам Российской Федерации", "channel": "По каналам", "week": "По неделям (понедельник)"}
MANY = 300
"""Case numbers in the document; the desk shows all."""
Named = Callable[[str, str], str]
"""The name of a table's key: table, key."""


def paper(made: Recommendation, named: Named, centre: str, zone: tzinfo, effect: MeasuredEffect | None = None) -> PrintableDocument:
    edition = made.edition
    evidence, day = edition.evidence, edition.evidence.at.astimezone(zone)
    parts: list[PrintablePart] = [
        Facts((
            ("Кому", named("authority", edition.addressee)), ("Период", _span(made.selection.since, made.selection.until)),
            *_filters(made.selection, named), ("Состояние", f"{STATES[made.state]}, редакция {len(made.editions)}"),
            *_approved(made, zone))),
        Heading("Что показали жалобы"), Text(_summed(evidence)),
        *([Text(_reported(evidence.reported))] if evidence.reported else ()), *_tables(evidence, named),
        Heading("Причина"), Text(edition.cause), Heading("Предложение"), Text(edition.proposal),
        *(_effect(effect) if effect else ()), Heading("Основание: обращения"), Text(_numbers(evidence))]
    foot = f"№ {made.id}. Посчитано по состоянию на {day:%d.%m.%Y %H:%M}, дерево тем — версия {made.selection.version}"
    return PrintableDocument(edition.title, day.date(), tuple(parts), foot, centre)


def _span(since: date, until: date) -> str:
    return f"{since:%d.%m.%Y} — {until:%d.%m.%Y}"


def _filters(selection: Selection, named: Named) -> list[tuple[str, str]]:
    given = {"Тема": ("topic", selection.topic), "Орган": ("authority", selection.authority), "Услуга": ("service", selection.service),
             "Нарушение": ("breach", selection.breach), "Субъект": ("territory", selection.subject)}
    return [(title, named(table, key)) for title, (table, key) in given.items() if key]


def _approved(made: Recommendation, zone: tzinfo) -> list[tuple[str, str]]:
    approved = next((move for move in reversed(made.moves) if move.state is RecommendationState.APPROVED), None)
    current = approved is not None and approved.at >= made.edition.at
    return [("Утверждена", f"{approved.at.astimezone(zone):%d.%m.%Y}")] if approved and current else []


def _summed(evidence: Evidence) -> str:
    return (f"Жалоб: {len(evidence.cases)}; с нарушением срока ответа: {evidence.late}; в сериях однотипных: {evidence.series}. "
            "Объединённые обращения посчитаны один раз.")


def _reported(of: ReportedFigure) -> str:
    centres = f"центров: {len(of.centres)}" if len(of.centres) > SHOWN else "; ".join(of.centres)
    usual = f"{of.expected:.1f}".replace(".", ",")
    return (f"По отчётам ({centres}): {of.name} {of.count} из {of.of}; при обычной доле было бы {usual}. "
            "Сами обращения хранятся в этих центрах.")


def _tables(evidence: Evidence, named: Named) -> list[PrintablePart]:
    """Tables with more than one row, or with a named row."""
    told = [(name, evidence.tables[name]) for name in TABLES if any(row.key for row in evidence.tables[name])]
    return [Table(TABLES[name], ("", "Жалоб", "С опозданием"),
                  tuple((named(name, row.key), str(row.complaints), str(row.late)) for row in _in_order(name, rows)))
            for name, rows in told]


def _in_order(name: str, rows: tuple[Count, ...]) -> tuple[Count, ...]:
    return tuple(sorted(rows, key=lambda row: row.key)) if name == "week" else shortened(rows)


def _effect(effect: MeasuredEffect) -> list[PrintablePart]:
    changed = f"{effect.change:+.0%}".replace("-", "−") if effect.change is not None else "сравнивать не с чем"
    return [Heading("Что изменилось"), Table(
        "Жалоб по тому же отбору", ("", "Жалоб", "Дней"),
        (("До рекомендации", str(effect.before), str(effect.before_days)),
         ("После исполнения", str(effect.after), str(effect.after_days)))),
        Text(f"Жалоб в день: {changed}.")]


def _numbers(evidence: Evidence) -> str:
    if not evidence.cases:
        return "В этом центре таких жалоб нет."
    rest = len(evidence.cases) - MANY
    shown = ", ".join(evidence.cases[:MANY])
    return f"{shown} и ещё {rest}: полный список в системе." if rest > 0 else f"{shown}."
