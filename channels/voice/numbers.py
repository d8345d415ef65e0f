"""The caller's number as reported by the telephone network."""

from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    PhoneNumberType,
    country_code_for_region,
    format_number,
    is_possible_number,
    number_type,
    parse,
    region_code_for_number,
)

PAYS = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
"""Whoever calls such a number pays its owner."""


def number_of(caller: str, region: str) -> str:
    """A caller's number in E.164 form; "" when it was withheld, or is none. `region` (ISO 3166) is where a national one is at home."""
    try:
        number = parse(caller, region)
    except NumberParseException:
        return ""
    return format_number(number, PhoneNumberFormat.E164) if is_possible_number(number) else ""


def dear(number: str, region: str) -> str:
    """Why a number, in E.164 form, is not to be dialled unless `abroad` is set, in words; "" if it may be.

    The number of a caller is what he says it is: he would have the hub pay for calls to wherever he likes. So would who has a telephone.
    """
    try:
        told = parse(number)
    except NumberParseException:
        return "такого номера нет"
    if number_type(told) in PAYS:
        return "номер платный"
    at_home = told.country_code == country_code_for_region(region)
    # None: a number newer than the tables, of a country that shares its code with others.
    return "" if at_home and region_code_for_number(told) in {region, None} else "номер заграничный"
