"""An appointment as an invitation that calendars read: iCalendar (RFC 5545), REQUEST and CANCEL of iTIP (RFC 5546 §3.2). Pure."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hub.appointments.appointment import Appointment
from hub.appointments.schedule import Counter
from hub.appointments.texts import papers, place
from hub.knowledge.public_services import PublicService

if TYPE_CHECKING:
    from icalendar import Alarm

TYPE, FILE = "text/calendar", "invite.ics"
NOBODY = "invalid:nomail"
"""Required calendar address (RFC 5546 §3.2.2), where there is none."""
AHEAD, YEAR = timedelta(days=1), timedelta(days=366)


def invitation(made: Appointment, counter: Counter, service: PublicService | None, now: datetime, attendee: str = "") -> bytes:
    """A cancelled one removes the event. `attendee` is a mailbox, "" where none is known."""
    slot = made.slot
    if slot is None:
        return b""
    from icalendar import Calendar, Event, vCalAddress, vGeo, vText  # noqa: PLC0415 - 3 MB, for a letter about a visit

    title, zone = service.title if service else made.service, counter.zone
    event = Event()
    event.add("uid", f"{made.number}@okno")
    event.add("dtstamp", now)
    event.add("sequence", made.sequence)
    event.add("dtstart", slot.at.astimezone(zone))
    event.add("dtend", slot.ends.astimezone(zone))
    event.add("summary", f"{title}: {counter.office.name}")
    event.add("location", vText(place(counter)))
    if counter.office.coordinates is not None:
        event.add("geo", vGeo(counter.office.coordinates))
    event.add("description", f"Запись № {made.number}. {papers(service)}".strip())
    event.add("status", "CONFIRMED" if made.stands else "CANCELLED")
    organizer = vCalAddress(f"mailto:{counter.authority.contacts.email}" if counter.authority.contacts.email else NOBODY)
    organizer.params["CN"] = vText(counter.authority.name)
    event.add("organizer", organizer)
    event.add("attendee", vCalAddress(f"mailto:{attendee}" if attendee else NOBODY))
    if made.stands:
        event.add_component(_alarm(title))
    calendar = Calendar()
    calendar.add("prodid", "-//Okno//appointments//RU")
    calendar.add("version", "2.0")
    calendar.add("method", "REQUEST" if made.stands else "CANCEL")
    calendar.add_component(event)
    # RFC 5545 §3.6.5: a TZID without its VTIMEZONE means nothing
    calendar.add_missing_timezones(slot.at.date() - YEAR, slot.at.date() + YEAR)
    content: bytes = calendar.to_ical()
    return content


def _alarm(title: str) -> "Alarm":
    from icalendar import Alarm  # noqa: PLC0415 - as above

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", -AHEAD)
    return alarm
