"""`okno staff --day`: operators for a day of the forecast, from the contacts that the hub has counted."""

import sys
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from hub.kernel.csv_file import CsvFile
from hub.kernel.errors import OknoError
from hub.workforce.day_need import HalfHourNeed, day_need
from hub.workforce.forecast import LEAST_DAYS
from hub.workforce.forecast_service import HORIZON, Outlook, outlook_of
from hub.workforce.volume_history import counted_history
from okno.config import Config
from okno.drivers import channel_traits
from okno.stores import has_store, open_words_and_store


async def print_day(config: Config, day: date, centre: str, *, csv: bool) -> None:
    """Print the table, also while the hub runs; `centre` "" is all. Raises OknoError without a forecast of that day."""
    of = await _outlook(config, centre)
    at = (day - of.forecast.first).days
    if not 0 <= at < HORIZON:
        last = of.forecast.first + timedelta(days=HORIZON - 1)
        message = f"--day: the forecast is of {of.forecast.first} to {last}"
        raise OknoError(message)
    rows = day_need(of, at)
    if csv:
        _write(rows)
    else:
        _print(rows, day, f"центра {centre}" if centre else "всех центров")


async def _outlook(config: Config, centre: str) -> Outlook:
    if not has_store(config):
        raise OknoError("--day: there is no store: the forecast is of the contacts that a hub has counted")
    store = open_words_and_store(config)
    try:
        history = await counted_history(store)
    finally:
        await store.close()
    if history is None or history.days < LEAST_DAYS:
        message = f"--day: a forecast needs contacts of {LEAST_DAYS} days, the hub has counted {history.days if history else 0}"
        raise OknoError(message)
    chosen = np.array([centre in {"", each.centre} for each in history.names])
    if not chosen.any():
        message = f"--centre {centre}: no contacts; there are some of {', '.join(sorted({each.centre for each in history.names}))}"
        raise OknoError(message)
    traits = channel_traits({each.driver: each.settings for each in config.channels})
    return outlook_of(history, chosen, lambda family: traits.named(family).cost)


def _print(rows: Sequence[HalfHourNeed], day: date, of: str) -> None:
    print(f"Прогноз {of} на {day:%d.%m.%Y}: обращений {_russian(sum(row.contacts for row in rows))}.")
    print("Полчаса  Обращений  Операторов  В штате")
    for row in rows:
        print(f"{row.name:<7}  {_russian(row.contacts):>9}  {row.operators:>10}  {row.paid:>7}")
    hours = sum(row.operators for row in rows) / 2
    print(f"Больше всего: операторов {max(row.operators for row in rows)}, в штате {max(row.paid for row in rows)}. "
          f"За сутки: {_russian(hours)} операторо-часов.")


def _write(rows: Sequence[HalfHourNeed]) -> None:
    writer = CsvFile(sys.stdout, end="\n")
    writer.write(("interval", "contacts", "operators", "paid"))
    for row in rows:
        writer.write((row.name, row.contacts, row.operators, row.paid))


def _russian(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")
