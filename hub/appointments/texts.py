"""Texts about appointments for citizens, in the local time of the office and their own (BK-04). Pure."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.appointments.appointment import Appointment, BookingAct, BookingState
from hub.appointments.schedule import Counter
from hub.knowledge.public_services import Papers, PublicService
from hub.organisation.opening_words import clock, day

AGAIN = " Вернуться в лист ожидания: ответьте «вернуть {number}»."
CANCELS = "Отменить: ответьте «отмена {number}»."


def when(at: datetime, zone: ZoneInfo, now: datetime, theirs: Iterable[ZoneInfo] = ()) -> str:
    """«в понедельник, 19 января, в 9:00 (по московскому времени; у вас 12:00)». `theirs` are possible zones of the citizen."""
    local = at.astimezone(zone)
    offsets = {at.astimezone(each).utcoffset(): at.astimezone(each) for each in theirs}
    away = ""
    if len(offsets) == 1 and local.utcoffset() not in offsets:
        there = next(iter(offsets.values()))
        other_day = f", {there.day}-го" if there.date() != local.date() else ""
        away = f"; у вас {there.hour}:{there:%M}{other_day}"
    return f"{day(local, now)}, в {local.hour}:{local:%M} ({clock(local)}{away})"


def place(counter: Counter) -> str:
    return f"{counter.office.name}, {counter.office.address}"


def papers(service: PublicService | None, *, brief: bool = False) -> str:
    """Documents to bring, without those that the authority requests itself (210-ФЗ ст. 7 ч. 1). «» for none."""
    lists = [(each, brought) for each in (service.documents if service else ()) if (brought := _brought(each, brief=brief))]
    if len(lists) == 1:
        return f"Возьмите с собой: {lists[0][1]}."
    named = "; ".join(f"{_whose(each)} — {brought}" for each, brought in lists)
    return f"Возьмите с собой: {named}." if named else ""


def _whose(each: Papers) -> str:
    return f"{each.applicant}, {each.situation}" if each.situation else each.applicant


def _brought(each: Papers, *, brief: bool) -> str:
    names = [paper.name if brief or not paper.note else f"{paper.name} ({paper.note})" for paper in each.papers if not paper.by_authority]
    return ", ".join(names)


def told(made: Appointment, step: int, counter: Counter, service: PublicService | None, now: datetime,
         theirs: Iterable[ZoneInfo] = (), *, brief: bool = False) -> str:
    """The text of a step; "" for internal steps. `brief` fits into few SMS."""
    act, slot, title = made.steps[step].act, made.steps[step].slot or made.slot, service.title if service else made.service
    at = when(slot.at, counter.zone, now, theirs) if slot is not None else ""
    there, why = made.steps[step].there, made.steps[step].why
    where, cancels = place(counter), CANCELS.format(number=made.number)
    match act:
        case BookingAct.BOOK | BookingAct.RESTORE:
            window = f", окно {slot.window}" if slot is not None else ""
            lines = (f"Вы записаны: {title}, {at}.", f"{where}{window}.", f"Запись № {made.number}.", papers(service, brief=brief), cancels)
            return _parted(lines, brief=brief)
        case BookingAct.MOVE:
            by = f" офисом{_because(why)}" if there else ""
            return _parted((f"Запись № {made.number} перенесена{by}: {title}, {at}.", f"{where}, окно {slot.window if slot else ''}.",
                            cancels), brief=brief)
        case BookingAct.CANCEL if there:
            return (f"Запись № {made.number} отменена офисом{_because(why)}: {title}, {where}{f', {at}' if at else ''}. "
                    "Чтобы выбрать другое время, ответьте «оператор» или позвоните нам.")
        case BookingAct.CANCEL if step and made.steps[step - 1].state is not BookingState.ASKED:
            back = f" Вернуть, пока время свободно: ответьте «вернуть {made.number}»." if at else AGAIN.format(number=made.number)
            return f"Запись № {made.number} отменена: {title}, {where}{f', {at}' if at else ''}.{back}"
        case BookingAct.WAIT if not step or made.steps[step - 1].state is BookingState.CANCELLED:
            return (f"Вы в листе ожидания: {title}, {where}. Запись № {made.number}. Как только освободится подходящее время, запишем вас "
                    f"и сообщим. {cancels}")
        case _:
            return ""


def _because(why: str) -> str:
    return f" ({why})" if why else ""


def reminder(made: Appointment, counter: Counter, service: PublicService | None, now: datetime, theirs: Iterable[ZoneInfo] = (), *,
             brief: bool = False) -> str:
    assert made.slot is not None  # noqa: S101 - only those are reminded that have one
    at, title = when(made.slot.at, counter.zone, now, theirs), service.title if service else made.service
    lines = (f"Напоминаем: {title}, {at}.", f"{place(counter)}, окно {made.slot.window}.", f"Запись № {made.number}.",
             papers(service, brief=brief), CANCELS.format(number=made.number))
    return _parted(lines, brief=brief)


def _parted(lines: Iterable[str], *, brief: bool) -> str:
    return (" " if brief else "\n").join(filter(None, lines))
