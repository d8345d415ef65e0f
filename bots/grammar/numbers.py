"""Numbers of telephones, insured persons (СНИЛС) and applications, and other numbers."""

import re
from decimal import Decimal

import phonenumbers

from bots.grammar.plain import Plain
from bots.grammar.values import Application, Found, Number, Phone, Snils

_SNILS = re.compile(r"(?<![\d-])(\d{3})([- ]?)(\d{3})\2(\d{3})([- ]{0,3})(\d{2})(?![\d-]|\s?\d)")
_NAMED = re.compile(r"снилс\w*\W{0,5}(?:номер\w*\W{0,3})?$")
_BACK = 80
"""Characters before eleven digits in which «СНИЛС» is looked for."""
_NUMBERED_FROM = 1_001_998
"""СНИЛС up to this number were issued without a checksum (Приказ СФР: контрольное число проверяется для номеров больше 001-001-998)."""
_APPLICATION = re.compile(
    r"\b(?:заявлени|обращени|заявк|дел[оаеу]?\b|талон|квитанци|запис|расписк|уин\b|номер|жалоб)\w*(?:\W{0,3}(?:номер\w*|n|no|#|№))?\W{0,3}"
    r"(?P<number>[\da-zа-я]{1,12}(?:[-/_.][\da-zа-я]{1,12}){1,6}|[a-zа-я]{0,4}\d{3,25}|\d{1,4}(?:\s\d{1,6}){1,8})(?!\w)",
)
_SHAPED = re.compile(
    r"(?<![\w/-])(?:№\s?(?P<bare>[\da-zа-я][\da-zа-я/-]{3,40})|(?P<number>[a-zа-я]{1,5}-?\d{3,}(?:[-/]\d+)+|\d{2,}(?:[-/]\d{2,}){2,}/\d{2,}))(?![\w/-])"
)
_LEAST = 3
"""Minimum digits of an application's number."""
_NUMBER = re.compile(r"(?<![\w.,:/-])(?:\d{1,3}(?:\s\d{3})+|\d{1,18})(?:[.,]\d{1,6})?(?![\w:/-]|[.,]\d)")


def find_phones(said: Plain) -> list[Found[Phone]]:
    """Numbers that are valid in the numbering plan of their country; without a country code they are Russian."""
    return [
        Found(*said.span(match.start, match.end), Phone(phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)))
        for match in phonenumbers.PhoneNumberMatcher(said.text, "RU")
    ]


def find_snils(said: Plain) -> list[Found[Snils]]:
    """Eleven digits that are called or written as a СНИЛС, or that have a right checksum and are no telephone number."""
    found = list[Found[Snils]]()
    for match in _SNILS.finditer(said.text):
        digits = "".join(match.group(1, 3, 4, 6))
        sure = match[2] == "-" or _NAMED.search(said.text[max(0, match.start() - _BACK):match.start()])
        genuine = is_snils(digits)
        if sure or (genuine and digits[0] not in "78"):
            found.append(Found(*said.span(match.start(), match.end()), Snils(digits, genuine)))
    return found


def is_snils(digits: str) -> bool:
    """Whether the last two of eleven digits are the right checksum."""
    number, control = int(digits[:9]), int(digits[9:])
    if number <= _NUMBERED_FROM:
        return True
    return sum(weight * int(digit) for weight, digit in zip(range(9, 0, -1), digits, strict=False)) % 101 % 100 == control


def find_applications(said: Plain) -> list[Found[Application]]:
    """Numbers that are called an application's number, or have a form that no other number has."""
    found = list[Found[Application]]()
    for expression in (_APPLICATION, _SHAPED):
        for match in expression.finditer(said.text):
            group = "number" if match["number"] else "bare"
            number = re.sub(r"\s", "", match[group]).upper()
            start, end = said.span(match.start(group), match.end(group))
            if sum(sign.isdigit() for sign in number) >= _LEAST and all(end <= other.start or start >= other.end for other in found):
                found.append(Found(start, end, Application(number)))
    return found


def find_numbers(said: Plain) -> list[Found[Number]]:
    """Numbers in words and in digits: «двести рублей», «1 500,50»."""
    return [
        Found(*said.span(match.start(), match.end()), Number(Decimal(re.sub(r"\s", "", match[0]).replace(",", "."))))
        for match in _NUMBER.finditer(said.text)
    ]
