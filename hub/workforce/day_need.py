"""A day of the forecast by half-hours: contacts, and the people that they need (MC-02, SL-03). Pure."""

from datetime import time

from msgspec import Struct

from hub.workforce.forecast_service import Outlook, needs
from hub.workforce.volumes import QUARTER_MIN, QUARTERS

TOGETHER = 2
"""Quarters of an hour in one row."""


class HalfHourNeed(Struct, frozen=True):
    """`contacts` are expected; `operators` at work, and `paid` on the payroll for them, are those of its greater quarter of an hour."""

    name: str
    contacts: float
    operators: int
    paid: int


def day_need(of: Outlook, day: int) -> list[HalfHourNeed]:
    """`day` is counted from the first of the forecast on."""
    contacts, needed = of.forecast.expected[:, day].sum(axis=0), needs(of, day)
    return [HalfHourNeed(_name(at), float(contacts[at:at + TOGETHER].sum()), max(each.operators for each in needed[at:at + TOGETHER]),
                         max(each.paid for each in needed[at:at + TOGETHER])) for at in range(0, QUARTERS, TOGETHER)]


def _name(quarter: int) -> str:
    hours, minutes = divmod(quarter * QUARTER_MIN, 60)
    return f"{time(hours, minutes):%H:%M}"
