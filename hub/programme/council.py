"""The interdepartmental council: members, agenda, decisions with their control days, and the pack of a meeting (GV-09). Pure."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from hub.kernel.printable import Facts, Heading, PrintableDocument, PrintablePart, Table, Text
from hub.programme.task import TASK_STATES, Line, Note, RowKey, Task, Words


class CouncilMember(Struct, frozen=True, kw_only=True, tag="council_member"):
    """`body` is the authority that the member represents."""

    id: RowKey
    name: Words
    body: Line
    post: Line = ""


class AgendaItem(Struct, frozen=True, kw_only=True, tag="agenda_item"):
    """A question of a meeting."""

    id: RowKey
    title: Words
    meeting: date
    speaker: Line = ""
    note: Note = ""


class CouncilDecision(Task, frozen=True, kw_only=True, tag="council_decision"):
    """What a meeting has decided; `due` is its control day."""

    meeting: date


def pack(meeting: date, today: date, covered: str, members: Sequence[CouncilMember], agenda: Sequence[AgendaItem],
         decisions: Sequence[CouncilDecision], plan: Sequence[Task]) -> PrintableDocument:
    """What the members get before a meeting: the agenda, what was decided and is still open, what of the plan is overdue."""
    parts: list[PrintablePart] = [
        Facts((("Заседание", f"{meeting:%d.%m.%Y}"), ("Охвачено субъектов", covered), ("Подготовлено", f"{today:%d.%m.%Y}"))),
        *_table("Повестка", ("№", "Вопрос", "Докладчик", "Примечание"),
                [(str(number), each.title, each.speaker, each.note)
                 for number, each in enumerate((one for one in agenda if one.meeting == meeting), 1)]),
        *_tasks("Решения на контроле", [each for each in decisions if each.is_open], today),
        *_tasks("Просроченные строки плана", [each for each in plan if each.is_overdue(today)], today),
        *_table("Состав совета", ("Имя", "Должность", "Орган"), [(each.name, each.post, each.body) for each in members])]
    return PrintableDocument("Материалы к заседанию межведомственного совета", meeting, tuple(parts))


def _tasks(caption: str, tasks: Sequence[Task], today: date) -> list[PrintablePart]:
    return _table(caption, ("Номер", "Содержание", "Срок", "Ответственные", "Состояние"), [
        (each.id, each.title, f"{each.due:%d.%m.%Y}", each.responsible, "просрочено" if each.is_overdue(today) else TASK_STATES[each.state])
        for each in sorted(tasks, key=lambda task: task.due)])


def _table(caption: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[PrintablePart]:
    return [Table(caption, columns, tuple(rows))] if rows else [Heading(caption), Text("Нет.")]
