"""List of reads for the citizen: who, what, when, on what ground, from the audit (ST-05, 152-ФЗ ст. 14). Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from hub.access.operator import Operator, Role
from hub.conversations.address import masked
from hub.conversations.conversation import Conversation
from hub.kernel.audit_entry import AuditEntry

READINGS = {
    "open": "открыл обращение",
    "identity": "посмотрел ваши адреса",
    "history": "посмотрел список ваших обращений",
    "card": "посмотрел вашу карточку",
    "past": "прочитал прежнее обращение",
    "file": "открыл файл",
    "cases": "посмотрел, что по обращению зарегистрировано",
    "case": "открыл зарегистрированное обращение",
    "listened": "прослушал запись разговора",
    "downloaded": "сохранил запись разговора",
    "overhear": "слушал разговор",
    "rights": "посмотрел ваши согласия и запросы",
    "disclosures": "посмотрел, кто видел ваши данные",
    "copy_prepared": "подготовил копию ваших данных",
    "copy_downloaded": "сохранил копию ваших данных",
    "status_told": "сообщил ход услуги",
}
"""Audit actions of reading a citizen's data."""
GROUNDS = {
    "": "основание не записано",
    "held": "вёл ваше обращение",
    "offered": "обращение было предложено ему",
    "line": "обращение ждало в линии, которую он обслуживает",
    "promised": "отвечал за обещанный вам ответ",
    "asked": "его позвал оператор, который вёл обращение",
    "demand": "отвечал на ваш запрос о данных",
    "duty": "по должности",
    "self": "вы спросили сами",
    "power": "спросил представитель, чьи полномочия записаны",
}
ROLES = {Role.OPERATOR: "оператор", Role.SENIOR: "старший оператор", Role.SUPERVISOR: "супервизор", Role.DESIGNER: "редактор",
         Role.ADMIN: "администратор", Role.WALL: "табло"}
FORMER = "бывший сотрудник"
ROBOT = "робот"
TELLING = frozenset({"status_told"})
"""Audit actions whose detail names the disclosed data and the proof; the citizen may see all of it."""


class Look(Struct, frozen=True):
    """One read of a conversation, by its number; the reader is a role, with a name where the centre shows names."""

    at: datetime
    number: str
    who: str
    centre: str
    what: str
    ground: str


def looks(audit_entries: Iterable[AuditEntry], heads: Iterable[Conversation], cases: Iterable[str], people: Mapping[str, Operator],
          centre: Mapping[str, str], *, names: bool, subjects: Iterable[str] = ()) -> list[Look]:
    """Newest first: reads of conversations and of `cases` by number, and disclosures to representatives of one of `subjects`.

    `centre` gives that of each login; free-text reasons are shown without numbers and mailboxes.
    """
    known = list(heads)
    numbers = {str(each.id): each.number for each in known} | {each: each for each in cases} | dict.fromkeys(subjects, "")
    found = [Look(each.at, numbers[each.about], _who(people.get(each.by), names=names) if each.by else ROBOT, centre.get(each.by, ""),
                  _what(each),
                  GROUNDS.get(each.ground) or f"указал причину: {masked(each.ground)}")
             for each in audit_entries if each.what in READINGS and each.about in numbers]
    passed = [Look(step.at, each.number, "контакт-центр", step.receiver, "получил обращение", "передано по вашему вопросу")
              for each in known for step in each.passed]
    return sorted([*found, *passed], key=lambda each: each.at, reverse=True)


def _what(audit_entry: AuditEntry) -> str:
    return f"{READINGS[audit_entry.what]}: {audit_entry.detail}" if audit_entry.what in TELLING else READINGS[audit_entry.what]


def _who(who: Operator | None, *, names: bool) -> str:
    if who is None:
        return FORMER
    return f"{ROLES[who.role]} {who.name}" if names else ROLES[who.role]
