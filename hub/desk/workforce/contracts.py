"""What contractors promised in numbers, and what was measured, by month (LV-07)."""

from collections.abc import Iterable, Mapping
from datetime import date

from aiohttp import web
from msgspec import Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.tables import csv_response, csv_table
from hub.desk.organisation.centre import Centre
from hub.kernel.errors import RefusedError
from hub.monitoring.contract_levels import ContractLevel, ContractLevels
from hub.organisation.centre import FUNCTIONS
from hub.organisation.contract_targets import LEAST_CONTACTS, ContractTarget
from hub.reporting.days import Days

READERS = (Permission.PLAN_SHIFTS, Permission.EDIT_REGISTRY, Permission.APPROVE)
FIRST_MONTH = date(2024, 1, 1)
HEADINGS = ("Центр", "Название", "Подрядчик", "Функция", "Действует с", "Действует по", "Обращений", "Ответили люди подрядчика",
            "За 20 с, %", "Не меньше, %", "Не дождались, %", "Не больше, %", "Обработка, с", "Не дольше, с", "Обратились снова, %",
            "Не больше, %", "Итог")
TARGETS = {ContractTarget.ANSWERED: "за 20 с", ContractTarget.LEFT: "не дождались", ContractTarget.HANDLING: "обработка",
           ContractTarget.RETURNED: "обратились снова"}


class ContractsQuery(Struct, frozen=True):
    """`month` is its first day."""

    month: date


class ContractLevelOut(ContractLevel, frozen=True, kw_only=True):
    title: str


@endpoint("GET", "/api/workforce/contracts", *READERS)
async def contract_levels(levels: ContractLevels, authorization: Authorization, centre: Centre, days: Days, call: Call,
                          query: ContractsQuery) -> list[ContractLevelOut]:
    """Contracts of a month: what is agreed, what was measured, what was missed. Centres with lines in this hub alone."""
    return _named(await _month(levels, days, query.month), authorization.below(call.who), centre.centres(days.today))


@endpoint("GET", "/api/workforce/contracts/file", *READERS)
async def contract_levels_file(levels: ContractLevels, authorization: Authorization, centre: Centre, days: Days, call: Call,
                               query: ContractsQuery) -> web.Response:
    """The same as CSV, one row for each contract."""
    found = _named(await _month(levels, days, query.month), authorization.below(call.who), centre.centres(days.today))
    return csv_response(f"okno-contracts-{query.month:%Y-%m}.csv", csv_table(HEADINGS, map(_row, found)))


async def _month(levels: ContractLevels, days: Days, first: date) -> list[ContractLevel]:
    if first.day != 1 or not FIRST_MONTH <= first <= days.today:
        raise RefusedError("bad_dates", "Назовите месяц, который уже начался.")
    return await levels.month(first)


def _named(levels: Iterable[ContractLevel], below: frozenset[str], names: Mapping[str, str]) -> list[ContractLevelOut]:
    """Those of the centres that the caller may see."""
    return [ContractLevelOut(each.centre, each.contract, each.figures, each.missed, title=names.get(each.centre, each.centre))
            for each in levels if each.centre in below]


def _row(of: ContractLevelOut) -> tuple[str | float, ...]:
    contract, figures = of.contract, of.figures
    dates = [f"{each:%d.%m.%Y}" if each else "" for each in (contract.valid_from, contract.valid_to)]
    numbers = [each for target in ContractTarget for each in (_cell(getattr(figures, target)), contract.targets.limit(target) or "")]
    missed = f"нарушено: {', '.join(TARGETS[each] for each in of.missed)}" if of.missed else "соблюдено"
    return (of.centre, of.title, contract.contractor, FUNCTIONS[contract.function], *dates, figures.offered, figures.answered, *numbers,
            missed if figures.offered >= LEAST_CONTACTS else "мало обращений")


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:g}".replace(".", ",")


ENDPOINTS = (contract_levels, contract_levels_file)
