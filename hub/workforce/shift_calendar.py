"""One's own shifts as a calendar (RFC 5545). Pure."""

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from hub.workforce.shift import BY_CODE, RosteredShift

TYPE = "text/calendar"
TITLES = {"early": "Утренняя смена", "day": "Дневная смена", "late": "Вечерняя смена", "long": "Смена 12 часов", "night": "Ночная смена"}
AROUND = timedelta(days=366)


def calendar(shifts: Iterable[RosteredShift], centre: str, zone: ZoneInfo) -> bytes:
    from icalendar import Calendar, Event  # noqa: PLC0415 - 3 MB, for who takes their shifts along

    found = Calendar()
    found.add("prodid", "-//Okno//shifts//RU")
    found.add("version", "2.0")
    own = list(shifts)
    for each in own:
        event, span = Event(), BY_CODE[each.kind].span(each.day, zone)
        event.add("uid", f"{each.login}-{each.day}@okno")
        event.add("dtstamp", span.begins)
        event.add("dtstart", span.begins.astimezone(zone))
        event.add("dtend", span.ends.astimezone(zone))
        event.add("summary", f"{TITLES[each.kind]}: {centre}")
        found.add_component(event)
    if own:
        # RFC 5545 §3.6.5: a TZID without its VTIMEZONE means nothing
        found.add_missing_timezones(own[0].day - AROUND, own[-1].day + AROUND)
    content: bytes = found.to_ical()
    return content
