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
"""Kinds of numbers whose owner is paid by the caller."""


def number_of(caller: str, region: str) -> str:
    """A caller's number in E.164 form; "" when it was withheld, or is invalid. `region` (ISO 3166) is the country of national numbers."""
    try:
        number = parse(caller, region)
    except NumberParseException:
        return ""
    return format_number(number, PhoneNumberFormat.E164) if is_possible_number(number) else ""


def dear(number: str, region: str) -> str:
    """Why a number, in E.164 form, may only be dialled with `abroad`, in words; "" if it may be dialled.

    A caller's number can be forged: the hub would pay for calls to any destination. The same applies to a stolen telephone.
    """
    try:
        told = parse(number)
    except NumberParseException:
        return "такого номера нет"
    if number_type(told) in PAYS:
        return "номер платный"
    at_home = told.country_code == country_code_for_region(region)
    # None: a number missing in the tables, of a country with a shared code.
    return "" if at_home and region_code_for_number(told) in {region, None} else "номер заграничный"
