"""Standard provision and regulation of a centre: texts with fields of the register, written by one person and approved by another (GV-06).

Pure.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from hub.kernel.approval import Approval, approval_of
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.kernel.printable import Heading, PrintableDocument, PrintablePart, Text
from hub.organisation.centre import FUNCTIONS, Centre, LegalForm, Tariff
from hub.organisation.level import LEVELS
from hub.programme.task import Words

OWN = RefusedError("own_template", "Свою редакцию утверждает другой сотрудник.")
FIELD = re.compile(r"\{([^{}\n]*)\}")
TemplateText = Annotated[str, Meta(min_length=1, max_length=60_000)]
FORMS = {LegalForm.PART: "структурное подразделение органа", LegalForm.SUBORDINATE: "подведомственная организация"}
TARIFFS = {Tariff.FREE: "бесплатно", Tariff.LOCAL: "как местный звонок", Tariff.PAID: "платно"}
ROUND_THE_CLOCK = "round-the-clock"
FIELDS = ("наименование", "код", "уровень", "орган", "форма", "начало", "территория", "номера", "режим", "линии", "МФЦ", "договоры")
"""What a text may have in braces."""


class TemplateKind(StrEnum):
    PROVISION = "provision"
    REGULATION = "regulation"


TITLES = {TemplateKind.PROVISION: "Типовое положение", TemplateKind.REGULATION: "Типовой регламент"}


class TemplateVersion(Document, frozen=True, tag="programme_template"):
    """`id` is the kind and the version; version 0 comes with Okno and is in force for nobody."""

    id: str
    kind: TemplateKind
    version: int
    title: Words
    text: TemplateText
    written_by: str
    written: datetime
    approval: Approval | None = None


def write(before: TemplateVersion, title: str, text: str, by: str, now: datetime) -> TemplateVersion:
    """Raises RefusedError for a field that the register does not have."""
    if unknown := [each for each in FIELD.findall(title + text) if each not in FIELDS]:
        raise RefusedError("bad_template", f"Нет такого поля: {{{unknown[0]}}}.")
    version = before.version + 1
    return TemplateVersion(f"{before.kind}/{version}", before.kind, version, title, text, by, now)


def approve(draft: TemplateVersion, by: str, now: datetime) -> TemplateVersion:
    """Raises RefusedError for its author."""
    return replace(draft, approval=approval_of(draft, by, now, OWN))


def values(centre: Centre, on: date, subjects: Mapping[str, str], mfcs: Mapping[str, str]) -> dict[str, str]:
    """The fields of a centre on a day; `subjects` and `mfcs` are names by code."""
    contracts = (f"{FUNCTIONS[each.function]} ({each.contractor})" for each in centre.contracts if each.active(on))
    area = [*(subjects.get(code, code) for code in centre.area.subjects), *(f"ОКТМО {code}" for code in centre.area.municipalities)]
    numbers = (f"{each.number} ({TARIFFS[each.tariff]})" for each in centre.numbers if each.published)
    return {
        "наименование": centre.name, "код": centre.id, "уровень": LEVELS[centre.level], "орган": centre.owner,
        "форма": FORMS[centre.legal_form], "начало": f"{centre.valid_from:%d.%m.%Y}",
        "территория": ", ".join(area) or "вся Российская Федерация", "номера": ", ".join(numbers),
        "режим": "круглосуточно" if centre.hours == ROUND_THE_CLOCK else f"по расписанию «{centre.hours}»",
        "линии": str(centre.lines(on)), "МФЦ": ", ".join(mfcs.get(code, code) for code in centre.area.mfcs) or "нет",
        "договоры": ", ".join(contracts) or "нет"}


def paper(of: TemplateVersion, found: Mapping[str, str], day: date) -> PrintableDocument:
    """For signature: a line that begins with «#» is a heading, every other one a paragraph."""
    def filled(text: str) -> str:
        return FIELD.sub(lambda field: found[field[1]], text)

    lines = (line.strip() for line in of.text.splitlines())
    parts: list[PrintablePart] = [Heading(filled(line[1:].strip())) if line.startswith("#") else Text(filled(line))
                                  for line in lines if line]
    foot = (f"Типовая редакция {of.version}, утверждена {of.approval.at:%d.%m.%Y}" if of.approval
            else f"Проект: редакция {of.version} не утверждена")
    parts.append(Text("Руководитель: ____________________"))
    return PrintableDocument(f"{filled(of.title)}: {found['наименование']}", day, tuple(parts), foot)
