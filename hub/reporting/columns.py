"""The table of figures: the single definition of each column of days, periods, wallboard, country, metrics, files, letters and screens.

A new column needs an entry here, a line in docs/figures.md, and its texts at the desk; columns are in the order of the entries,
except for days. Sums of seconds are exact to a thousandth, so that the order of summing has no effect. Pure.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from hub.conversations.journal import PromiseEnd
from hub.conversations.talk_clocks import ANSWER, DECISION
from hub.reporting.contact_history import PromiseOutcome, Result, ServiceContact, Transfer
from hub.reporting.figure import Counting, Event, Figure, FigureGroup, FigureUnit, Formula, Place

G, P, SHARE, SECONDS = FigureGroup, Place, FigureUnit.SHARE, FigureUnit.SECONDS
DAY = {P.DAY: "", P.DAY_FILE: ""}
PERIOD = {P.PERIOD: "", P.PERIOD_FILE: "", P.PERIOD_SCREEN: ""}
BOTH = DAY | PERIOD
SUMS = DAY | {P.PERIOD: ""}
"""Sums that a period shows as means."""


def screens(key: str) -> dict[Place, str]:
    """In the tables of a day and of the country."""
    return {P.DAY_SCREEN: key, P.COUNTRY_SCREEN: key}


def contacts(event: Event, number: Callable[[ServiceContact, datetime], float] | None = None) -> Counting:
    """Of a contact, at this moment."""
    return Counting(event, number=number)


def seconds(event: Event, length: Callable[[ServiceContact, datetime], timedelta]) -> Counting:
    """Of a contact, at this moment."""
    return Counting(event, length=length)


def calls(event: Event, number: Callable[[ServiceContact, datetime], int]) -> Counting:
    """Of a call, at this moment; text is counted apart (SL-08)."""
    return Counting(event, number=lambda one, now: one.called is not None and number(one, now))


def call_seconds(length: Callable[[ServiceContact, datetime], timedelta]) -> Counting:
    """Of an answered call, at this moment."""
    return Counting(Event.ANSWERED, number=lambda one, now: 0.0 if one.called is None else length(one, now).total_seconds())


def promises(event: Event, number: Callable[[PromiseOutcome, datetime], int] | None = None) -> Counting:
    """Of a promise, at this moment."""
    return Counting(event, number=number)


def taking(transfer: Transfer, taken: datetime) -> timedelta:
    return taken - transfer.at


def within_ten_minutes(contact: ServiceContact, now: datetime) -> bool:
    return contact.talked(now) <= DECISION


def beyond_ten_minutes(contact: ServiceContact, now: datetime) -> bool:
    return not within_ten_minutes(contact, now)


def is_waiting(contact: ServiceContact, _: datetime) -> bool:
    return contact.result not in (Result.LEFT, Result.PROMISED)


def share(part: str, *whole: str) -> Formula:
    return Formula((part,), whole)


FIGURES = (
    Figure("offered", "Обратились", G.ASKED, contacts(Event.ASKED), BOTH | screens("") | {P.FLOOR: "", P.LETTER: ""}, leads=True,
           meaning="Wishes for a person: offered = answered + left + promised + waiting",
           how="Обращение считается, когда гражданин начал ждать оператора. "
               "Обратились = отвечено + не дождались + получили обещание + ещё ждут."),
    Figure("settled", "Решилось", G.ASKED, Formula(("offered", "-waiting")), {P.METRIC: "today_contacts"},
           meaning="Contacts of today that do not wait any more"),
    Figure("answered", "Отвечено", G.ASKED, contacts(Event.ANSWERED), BOTH | {P.FLOOR: "", P.LETTER: ""}),
    Figure("in_time", "Отвечено за 20 с", G.ASKED, contacts(Event.ANSWERED, lambda one, now: one.wait(now) <= ANSWER),
           BOTH | {P.FLOOR: "", P.METRIC: "today_answered_in_time"}, meaning="Of these, those who were answered within 20 s"),
    Figure("service_level", "За 20 с, %", G.ASKED, share("in_time", "offered", "-waiting"),
           BOTH | screens("level") | {P.DAY_FILE: "Отвечено за 20 с, %", P.LETTER: "", P.FLOOR_SCREEN: "level"}, SHARE, leads=True,
           meaning="The strict share: who left or got a promise was not answered in 20 s (D2, SL-03)",
           how="За 20 с, % = отвечено за 20 с / (обратились − ещё ждут). Кто не дождался или получил обещание, за 20 с не отвечен."),
    Figure("mean_wait_s", "Среднее ожидание, с", G.ASKED, share("wait_s", "answered"), BOTH | screens("wait"), SECONDS,
           leads=True, meaning="The mean speed of answer (ISO 18295-1: ASA)",
           how="Среднее ожидание (ASA) = сумма ожиданий отвеченных / отвечено."),
    Figure("breaches", "Ждали дольше 20 с", G.ASKED, contacts(Event.ASKED, lambda one, now: one.wait(now) > ANSWER),
           BOTH | screens("late") | {P.FLOOR: "", P.FLOOR_SCREEN: ""},
           meaning="Answered or not; each is listed with its cause (SL-03)", bad_of="offered"),
    Figure("left", "Не дождались", G.ASKED, contacts(Event.UNANSWERED, lambda one, _: one.result is Result.LEFT),
           BOTH | screens("") | {P.FLOOR: "", P.LETTER: "", P.METRIC: "today_abandoned"},
           meaning="Of these, those who have left", bad_of="offered"),
    Figure("left_early", "Ушли за 20 с", G.ASKED,
           contacts(Event.UNANSWERED, lambda one, now: one.result is Result.LEFT and one.wait(now) <= ANSWER), BOTH),
    Figure("abandonment", "Не дождались, %", G.ASKED, share("left", "offered", "-waiting"), PERIOD, SHARE,
           how="Не дождались, % = не дождались / (обратились − ещё ждут)."),
    Figure("promised", "Получили обещание", G.ASKED, contacts(Event.UNANSWERED, lambda one, _: one.result is Result.PROMISED),
           BOTH | screens(""), meaning="Got a promise instead of an operator; never counted as answered (D2)"),
    Figure("waiting", "Ещё ждут", G.ASKED, contacts(Event.UNANSWERED, is_waiting), BOTH | {P.FLOOR: "still"}),
    Figure("late_again", "Дольше 20 с после передачи", G.ASKED, contacts(Event.ANSWERED, lambda one, now: one.wait_again(now) > ANSWER),
           BOTH, meaning="Answered ones that waited so long again after a transfer, or do (SL-09)", bad_of="answered"),
    Figure("text_level", "Текст: за 20 с в очереди, %", G.ASKED,
           Formula(("in_time", "-line_in_time"), ("offered", "-calls", "-waiting", "calls_waiting")), BOTH, SHARE,
           meaning="The strict share of contacts that are no calls",
           how="Текст, за 20 с в очереди, % = то же без звонков: чаты, письма, SMS."),

    Figure("calls", "Звонков", G.CALLS, calls(Event.ASKED, lambda _one, _now: 1), BOTH | screens("") | {P.FLOOR: ""},
           meaning="Of `offered`, callers (SL-08)", how="Звонки: обращения по телефону; в них только граждане, которые сами позвонили."),
    Figure("calls_settled", "Звонков решилось", G.CALLS, Formula(("calls", "-calls_waiting")), {P.METRIC: "today_calls"},
           meaning="Calls of today that do not wait any more"),
    Figure("calls_answered", "На звонки отвечено", G.CALLS, calls(Event.ANSWERED, lambda _one, _now: 1), BOTH | {P.FLOOR: ""}),
    Figure("calls_in_time", "За 20 с от ответа на звонок", G.CALLS, calls(Event.ANSWERED, lambda one, now: one.call_wait(now) <= ANSWER),
           BOTH | {P.FLOOR: "", P.METRIC: "today_calls_in_time"},
           meaning="Of these, those whose operator was there within 20 s of the answer of the call: robot and announcements inside (D3)"),
    Figure("calls_level", "За 20 с от ответа на звонок, %", G.CALLS, share("calls_in_time", "calls", "-calls_waiting"),
           BOTH | screens("") | {P.LETTER: "", P.FLOOR_SCREEN: ""}, SHARE,
           meaning="The strict share of D3; target 98 % (D2)",
           how="Звонки, за 20 с от ответа на звонок, % = оператор ответил за 20 с от начала звонка, с роботом и объявлениями / "
               "(звонков − ещё ждут). Цель 98 %."),
    Figure("calls_mean_wait_s", "От ответа на звонок до оператора, с", G.CALLS, share("calls_wait_s", "calls_answered"),
           BOTH | screens(""), SECONDS, meaning="The mean; target 8 s (D2)",
           how="От ответа на звонок до оператора = сумма таких ожиданий / звонки, на которые отвечено. Цель 8 с."),
    Figure("calls_late", "Дольше 20 с от ответа на звонок", G.CALLS, calls(Event.ASKED, lambda one, now: one.call_wait(now) > ANSWER),
           BOTH | screens("") | {P.FLOOR: ""}, meaning="Answered or not; each is listed with its cause (SL-03)", bad_of="calls"),
    Figure("line_in_time", "Звонки: за 20 с в очереди", G.CALLS, calls(Event.ANSWERED, lambda one, now: one.wait(now) <= ANSWER), BOTH),
    Figure("line_level", "Звонки: за 20 с в очереди, %", G.CALLS, share("line_in_time", "calls", "-calls_waiting"), BOTH | screens(""),
           SHARE, meaning="Queue only: from the wish for an operator",
           how="Звонки, за 20 с в очереди, % = то же от просьбы позвать оператора, без робота и объявлений."),
    Figure("line_mean_wait_s", "Звонки: ожидание в очереди, с", G.CALLS, share("line_wait_s", "calls_answered"), BOTH, SECONDS),
    Figure("line_late", "Звонки: дольше 20 с в очереди", G.CALLS, calls(Event.ASKED, lambda one, now: one.wait(now) > ANSWER), BOTH,
           bad_of="calls"),
    Figure("calls_waiting", "Звонки: ещё ждут", G.CALLS, calls(Event.UNANSWERED, is_waiting), BOTH | {P.FLOOR: ""}),
    Figure("calls_wait_s", "Сумма ожиданий от ответа на звонок, с", G.CALLS, call_seconds(ServiceContact.call_wait),
           SUMS | {P.FLOOR: ""}, SECONDS),
    Figure("line_wait_s", "Сумма ожиданий звонков в очереди, с", G.CALLS, call_seconds(ServiceContact.wait), SUMS, SECONDS),

    Figure("wait_s", "Сумма ожиданий, с", G.TALKS, seconds(Event.ANSWERED, ServiceContact.wait), SUMS | {P.FLOOR: ""}, SECONDS,
           leads=True),
    Figure("talks_ended", "Разговоров завершено", G.TALKS, contacts(Event.TALKED), BOTH),
    Figure("talks_in_time", "Завершено за 10 мин", G.TALKS, contacts(Event.TALKED, within_ten_minutes), BOTH,
           meaning="Within 10 minutes from the first operator's connection (SL-04)"),
    Figure("talks_long", "Дольше 10 мин", G.TALKS, contacts(Event.TALKED, beyond_ten_minutes), PERIOD,
           meaning="talks_ended = talks_in_time + talks_long", bad_of="talks_ended"),
    Figure("talks_beyond", "Идут дольше 10 мин", G.TALKS,
           contacts(Event.ANSWERED, lambda one, now: one.ended is None and beyond_ten_minutes(one, now)), BOTH,
           meaning="Talks that go on, counted as soon as they pass ten minutes (SL-09)", bad_of="answered"),
    Figure("ten_minutes", "За 10 мин, %", G.TALKS, share("talks_in_time", "talks_ended"),
           PERIOD | {P.DAY: "", P.DAY_SCREEN: "talks"}, SHARE,
           how="За 10 мин, % = разговоры, завершённые за 10 минут от соединения с первым оператором / завершённые разговоры."),
    Figure("mean_talk_s", "Средний разговор, с", G.TALKS, share("handled_s", "talks_ended"), PERIOD, SECONDS,
           how="Средний разговор = время с операторами, с удержанием / завершённые разговоры. "
               "Без оформления после него."),
    Figure("aht_s", "Обработка (AHT), с", G.TALKS, Formula(("handled_s", "wrap_up_s"), ("talks_ended",)), PERIOD, SECONDS,
           how="Обработка (AHT) = (время с операторами, с удержанием + оформление после разговора) / завершённые разговоры."),
    Figure("talk_s", "Сумма разговоров, с", G.TALKS, seconds(Event.ANSWERED, lambda one, _: one.talk), SUMS, SECONDS,
           leads=True),
    Figure("hold_s", "Удержания, с", G.TALKS, seconds(Event.ANSWERED, lambda one, _: one.hold),
           SUMS | {P.DAY_FILE: "Из них удержания, с", P.DAY_SCREEN: "hold", P.PERIOD_FILE: ""}, SECONDS, leads=True,
           meaning="Of talk_s, what citizens waited in the middle of talks"),
    Figure("wrap_up_s", "Оформление, с", G.TALKS,
           contacts(Event.TALKED, lambda one, _: one.wrap_up.total_seconds()), SUMS | {P.DAY_FILE: "", P.DAY_SCREEN: "wrapUp"}, SECONDS,
           meaning="Notes after talks that are over, as the journal has them (CH-13)"),
    Figure("handled_s", "Сумма завершённых разговоров, с", G.TALKS, seconds(Event.TALKED, lambda one, _: one.talk), {P.PERIOD: ""},
           SECONDS, meaning="Of talk_s, talks of contacts that are over"),
    Figure("decided", "Прошло 7 суток", G.TALKS, Counting(Event.SERVED), PERIOD,
           how="Прошло 7 суток: отвеченные и закрытые с темой обращения, после которых они прошли."),
    Figure("returned", "Обратились снова", G.TALKS, Counting(Event.SERVED_AGAIN), PERIOD, bad_of="decided",
           how="Обратились снова: за эти 7 суток тот же человек (с любого из своих подтверждённых адресов) обратился и был закрыт "
               "по той же теме."),
    Figure("fcr", "Решено с первого раза, %", G.TALKS, Formula(("decided", "-returned"), ("decided",)), PERIOD, SHARE,
           how="Решено с первого раза, % (FCR) = 1 − обратились снова / прошло 7 суток."),

    Figure("transfers", "Передач", G.HANDED, contacts(Event.ASKED, lambda one, _: one.transfers), DAY | {P.DAY_SCREEN: ""},
           meaning="How often contacts went to another line or colleague"),
    Figure("passed", "Из них между центрами", G.HANDED, contacts(Event.ASKED, lambda one, _: one.passed), DAY | {P.DAY_SCREEN: ""},
           meaning="Of these, how often from centre to centre (RT-01)"),
    Figure("transferred", "Передавались", G.HANDED, contacts(Event.ASKED, lambda one, _: one.transfers > 0), PERIOD,
           meaning="Contacts that went to another line or colleague, however often"),
    Figure("passed_on", "Между центрами", G.HANDED, contacts(Event.ASKED, lambda one, _: one.passed > 0), PERIOD,
           meaning="Of these, to another centre"),
    Figure("passed_share", "Между центрами, %", G.HANDED, share("passed_on", "offered"), PERIOD, SHARE,
           meaning="Contacts that went to another centre, of a hundred (RT-01)",
           how="Между центрами, % = перешли в другой центр, сколько бы раз / обратились."),
    Figure("handed", "Между подразделениями, раз", G.HANDED, Counting(Event.TRANSFER), PERIOD,
           meaning="Hand-overs between units (MC-06)"),
    Figure("handed_taken", "Из них принято", G.HANDED, Counting(Event.TRANSFER_TAKEN), PERIOD,
           meaning="handed = handed_taken + handed_open"),
    Figure("handed_open", "Не принято", G.HANDED, Counting(Event.TRANSFER_OPEN), PERIOD,
           meaning="Nobody there has had it, yet or at all", bad_of="handed"),
    Figure("mean_handed_s", "Среднее время приёма, с", G.HANDED, share("handed_s", "handed_taken"), PERIOD, SECONDS,
           how="Среднее время приёма = от передачи в линию другого подразделения (центра, МФЦ, ведомства) до ответа её оператора / "
               "принятые передачи."),
    Figure("handed_s", "Сумма времени приёма, с", G.HANDED, Counting(Event.TRANSFER_TAKEN, length=taking), {P.PERIOD: ""}, SECONDS),

    Figure("callbacks", "Ответов по обещаниям", G.PROMISES, contacts(Event.CALLBACK), BOTH),
    Figure("callbacks_answered", "Из них состоялось", G.PROMISES, contacts(Event.CALLBACK_ANSWERED), BOTH),
    Figure("callbacks_talk_s", "Сумма таких разговоров, с", G.PROMISES, seconds(Event.CALLBACK, lambda one, _: one.talk), DAY, SECONDS),
    Figure("given", "Обещаний дано", G.PROMISES, promises(Event.PROMISE), BOTH, meaning="given = kept + kept_late + withdrawn + open"),
    Figure("kept", "Исполнено в срок", G.PROMISES, promises(Event.PROMISE_ENDED, lambda one, _: was_kept(one) and not is_late(one)),
           BOTH | {P.DAY_SCREEN: ""}, beside="given"),
    Figure("kept_late", "Исполнено с опозданием", G.PROMISES,
           promises(Event.PROMISE_ENDED, lambda one, _: was_kept(one) and is_late(one)), BOTH, bad_of="given"),
    Figure("withdrawn", "Снято заявителем", G.PROMISES, promises(Event.PROMISE_ENDED, lambda one, _: not was_kept(one)), BOTH),
    Figure("open", "Ещё не исполнено", G.PROMISES, promises(Event.PROMISE_OPEN), BOTH),
    Figure("overdue", "Просрочено", G.PROMISES, promises(Event.PROMISE_OPEN, lambda one, now: now > one.due),
           BOTH | {P.LETTER: "Просрочено обещаний"}, meaning="Of the open ones, those whose day is over", bad_of="given"),
    Figure("promises_late", "Обещания с опозданием", G.PROMISES, Formula(("kept_late", "overdue")),
           {P.DAY: ""} | screens("overdue")),
)
"""Sums of days are stored under the names of `PERIOD`: a name never gets another meaning."""


def was_kept(promise: PromiseOutcome) -> bool:
    return promise.how is PromiseEnd.KEPT


def is_late(promise: PromiseOutcome) -> bool:
    return promise.ended is not None and promise.ended > promise.due


NAMED = {figure.name: figure for figure in FIGURES}
OF_A_DAY = frozenset({P.DAY, P.DAY_FILE, P.DAY_SCREEN, P.COUNTRY_SCREEN})
DAY_GROUPS = (G.ASKED, G.CALLS, G.HANDED, G.TALKS, G.PROMISES)


def _ordered(place: Place) -> list[Figure]:
    """In the order of the table; for a day leading columns come first, and transfers before talks."""
    return sorted(FIGURES, key=lambda one: (DAY_GROUPS.index(one.group), not one.leads)) if place in OF_A_DAY else [*FIGURES]


SHOWN = {place: tuple(figure for figure in _ordered(place) if place in figure.shown) for place in Place}
COUNTED = {place: tuple(figure for figure in shown if isinstance(figure.source, Counting)) for place, shown in SHOWN.items()}


class PeriodColumn(StrEnum):
    """Figures of a period that count listable items."""

    _ignore_ = "members figure"
    members = vars()
    for figure in COUNTED[Place.PERIOD]:
        if figure.lists:
            members[figure.name.upper()] = figure.name


def values(place: Place, counts: Mapping[str, float]) -> dict[str, float | None]:
    """All figures shown there, from the counts."""
    sums = {figure.name: _rounded(figure, counts.get(figure.name, 0)) for figure in COUNTED[place]}
    return {figure.name: _whole(figure, figure.value(sums)) for figure in SHOWN[place]}


def _rounded(figure: Figure, value: float) -> float:
    return round(value, 3) if figure.unit is SECONDS else int(value)


def _whole(figure: Figure, value: float | None) -> float | None:
    return int(value) if value is not None and figure.unit is FigureUnit.NUMBER else value


def fields(place: Place, *, counted: bool = False) -> list[tuple[str, Any]]:
    """The fields of a struct with all figures shown there, or with the counted ones."""
    return [(figure.name, _type(figure)) for figure in (COUNTED if counted else SHOWN)[place]]


def _type(figure: Figure) -> Any:  # noqa: ANN401 - a type and a union of types have no type in common
    if isinstance(figure.source, Formula):
        return int if figure.unit is FigureUnit.NUMBER else float | None
    return float if figure.unit is SECONDS else int
