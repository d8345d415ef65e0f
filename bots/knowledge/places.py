"""Texts about the МФЦ of a place: addresses, hours and telephones, from the registry (AL-01)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from phonenumbers import PhoneNumberFormat, format_number, parse

from hub.conversations.message import Source
from hub.organisation.centre import Mfc

MOST = 3
"""So many are told of at once."""
OFFERED = 4
"""Places offered with the question where the citizen lives."""
ARTICLE, TITLE, BODY = "mfc", "Реестр МФЦ", "Реестр центров телефонного обслуживания и МФЦ"
"""What an answer cites: the registry speaks for the article on МФЦ."""


def of_place(mfcs: Iterable[Mfc], locality: str) -> list[Mfc]:
    """Those in a town or village whose address is known, the largest first."""
    wanted = _plain(locality)
    return sorted((each for each in mfcs if each.address and _plain(each.locality) == wanted), key=lambda each: -each.served_population)


def known(mfcs: Iterable[Mfc]) -> list[str]:
    """Places that something can be told of, the largest first."""
    addressed = sorted((each for each in mfcs if each.address), key=lambda each: -each.served_population)
    return list(dict.fromkeys(each.locality for each in addressed))[:OFFERED]


def told(found: Sequence[Mfc], now_of: Callable[[str], str] = lambda _: "") -> str:
    """Name, address, hours and telephone of each, and what it is at this moment, where `now_of` its id knows that."""
    more = f"\nВсего их {len(found)}, об остальных расскажет оператор." if len(found) > MOST else ""
    return "\n".join(_one(each, now_of(each.id)) for each in found[:MOST]) + more


def source(found: Sequence[Mfc]) -> Source:
    """The registry, and the day on which all of it was last known to be right."""
    return dated(min((_checked(each) for each in found), default=date.min))


def dated(checked: date) -> Source:
    """The registry as it was known on a day."""
    return Source(ARTICLE, TITLE, checked, BODY)


def _one(mfc: Mfc, now: str) -> str:
    hours = (f" Часы работы: {mfc.hours}." if mfc.hours else "") + (f" Сейчас: {now}." if now else "")
    return f"{mfc.name}: {mfc.locality}, {mfc.address}.{hours}" + (f" Телефон: {telephone(mfc.phone)}." if mfc.phone else "")


def telephone(phone: str) -> str:
    """A number as it is read aloud: «+7 482 200-00-00»."""
    return format_number(parse(phone), PhoneNumberFormat.INTERNATIONAL) if phone.startswith("+") else phone


def _checked(mfc: Mfc) -> date:
    return mfc.checked or mfc.valid_from


def _plain(name: str) -> str:
    return name.strip().lower().replace("ё", "е")
