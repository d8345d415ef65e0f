"""Who calls, by what the telephone network tells."""

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number, parse


def number_of(caller: str, region: str) -> str:
    """A caller's number in E.164 form; "" when it was withheld, or is none. `region` (ISO 3166) is where a national one is at home."""
    try:
        number = parse(caller, region)
    except NumberParseException:
        return ""
    return format_number(number, PhoneNumberFormat.E164) if is_possible_number(number) else ""
