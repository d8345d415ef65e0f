"""What a contact costs in each channel, and what hours are saved, each with its formula in numbers (GV-13). Pure.

The money of the period is that of the lists of the programme, by days of its years: the fact, or the plan where no fact is entered. It
is divided among channels by the operators' time in them. What is no figure of the hub is an assumption with its source; without one
nothing is said.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct

from hub.programme.assumption import Assumption, AssumptionMeasure, in_force
from hub.programme.effect_day import EffectCounts
from hub.programme.funding import FundingLine
from hub.programme.ratio import Ratio


class Money(Struct, frozen=True):
    """Rubles of a period; `planned` is the part that is a plan without a fact yet."""

    rubles: float
    planned: float


class ChannelCost(Struct, frozen=True):
    """Rubles. `shared` is its part of the money, `tariff` what is paid beside it; None where nothing was answered or no talk has ended."""

    channel: str
    answered: int
    aht_s: float | None
    shared: float
    tariff: float
    each: float | None
    formula: str


class Saving(Struct, frozen=True):
    """Hours from `low` to `high`; None where one of the assumptions is `missing`."""

    low: float | None
    high: float | None
    formula: str
    missing: tuple[AssumptionMeasure, ...] = ()


def money(lines: Iterable[FundingLine], since: date, until: date) -> Money:
    """Both days are included."""
    sums = [0.0, 0.0]
    for line in lines:
        first, last = max(since, date(line.year, 1, 1)), min(until, date(line.year, 12, 31))
        if first <= last:
            part = ((last - first).days + 1) / (date(line.year + 1, 1, 1) - date(line.year, 1, 1)).days
            sums[0] += (line.fact or line.plan) * part
            sums[1] += (0 if line.fact else line.plan) * part
    return Money(*sums)


def costs(channels: Mapping[str, EffectCounts], spent: Money, assumptions: Sequence[Assumption], day: date) -> list[ChannelCost]:
    """Of each channel, by tariffs in force on the day; the sum of all shares and tariffs is the whole cost."""
    whole = sum(each.handled_s + each.wrap_up_s for each in channels.values())
    return [_cost(channel, counts, spent, whole, _tariffs(assumptions, day, channel)) for channel, counts in channels.items()]


def _tariffs(assumptions: Sequence[Assumption], day: date, channel: str) -> tuple[float, float]:
    """Of a minute and of a contact: the middle of what is assumed."""
    minute, contact = (in_force(assumptions, measure, day, channel) for measure in (AssumptionMeasure.MINUTE, AssumptionMeasure.CONTACT))
    return _middle(minute), _middle(contact)


def _middle(of: Assumption | None) -> float:
    return (of.low + of.high) / 2 if of else 0.0


def _cost(channel: str, of: EffectCounts, spent: Money, whole: int, tariffs: tuple[float, float]) -> ChannelCost:
    handled, (minute, contact) = of.handled_s + of.wrap_up_s, tariffs
    shared, tariff = spent.rubles * handled / whole if whole else 0.0, minute * of.handled_s / 60 + contact * of.offered
    formula = (f"({number(spent.rubles)} ₽ × {number(handled)} с / {number(whole)} с + {number(minute)} ₽ × {number(of.handled_s / 60)} мин"
               f" + {number(contact)} ₽ × {number(of.offered)}) / {number(of.answered)}")
    return ChannelCost(channel, of.answered, handled / of.talks_ended if of.talks_ended else None, shared, tariff,
                       (shared + tariff) / of.answered if of.answered else None, formula)


def citizens(of: EffectCounts, mean: Ratio | None, before: Assumption | None) -> Saving:
    """Hours of citizens, against the baseline; the ends of both intervals are taken against each other."""
    if before is None or mean is None:
        return Saving(None, None, "получили ответ × (было мин − стало мин) / 60", () if before else (AssumptionMeasure.BEFORE,))
    fast, slow = (mean.value if each is None else each for each in (mean.low, mean.high))
    low, high = (of.informed * (was - now) / 60 for was, now in ((before.low, slow), (before.high, fast)))
    formula = (f"{number(of.informed)} × ({number(before.low)}…{number(before.high)} мин − {number(fast)}…{number(slow)} мин) / 60"
               f" = {number(low)}…{number(high)} ч")
    return Saving(low, high, formula)


def specialists(of: EffectCounts, assumptions: Sequence[Assumption], day: date) -> Saving:
    """Hours of specialists of bodies, who are not asked; those of operators are in the costs."""
    share, minutes = (in_force(assumptions, each, day) for each in (AssumptionMeasure.SPECIALISTS, AssumptionMeasure.SPECIALIST_TIME))
    if share is None or minutes is None:
        known = ((AssumptionMeasure.SPECIALISTS, share), (AssumptionMeasure.SPECIALIST_TIME, minutes))
        missing = tuple(name for name, each in known if each is None)
        return Saving(None, None, "отвечено × доля тех, кто спросил бы специалиста × мин / 60", missing)
    low, high = (of.answered * part / 100 * each / 60 for part, each in ((share.low, minutes.low), (share.high, minutes.high)))
    formula = (f"{number(of.answered)} × {number(share.low)}…{number(share.high)} % × {number(minutes.low)}…{number(minutes.high)} мин / 60"
               f" = {number(low)}…{number(high)} ч")
    return Saving(low, high, formula)


def number(value: float) -> str:
    """In Russian: thousands apart, two decimals at most."""
    said = f"{value:,.2f}".rstrip("0").rstrip(".")
    return said.replace(",", " ").replace(".", ",").replace("-", "−")
