"""Builds what books appointments, and tells citizens of them."""

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.actions import Actions
from hub.admission import Admission
from hub.appointing import Appointing
from hub.booking import Booking
from hub.catalogue import Catalogue, CatalogueError, joined, read_catalogue
from hub.desk.desk import Appointments
from hub.following import Following
from hub.inviting import Inviting
from hub.lanes import Lanes
from hub.levels import Level
from hub.numbers import Numbers
from hub.outreach import Outreach
from hub.ports import Files, Store
from hub.receptions import ReceptionError, Receptions, read_receptions
from hub.schedules import Schedule
from hub.upkeep import Upkeep
from hub.visits import Visits
from okno.config import BookingSettings, Config, ConfigError
from okno.lines import Centres


def receptions_of(settings: BookingSettings) -> Receptions:
    """Of the configuration's files; none without any. Raises ConfigError."""
    if not settings.receptions:
        return Receptions((), ())
    catalogue, file = Catalogue(), settings.receptions
    try:
        for file in settings.catalogue:
            catalogue = joined((catalogue, read_catalogue(Path(file).read_text(encoding="utf8"))))
        file = settings.receptions
        return read_receptions(Path(file).read_text(encoding="utf8"), catalogue)
    except OSError as error:
        message = f"booking: {file}: {error.strerror}"
        raise ConfigError(message) from error
    except (CatalogueError, ReceptionError, UnicodeDecodeError) as error:
        message = f"booking: {file}: {error}"
        raise ConfigError(message) from error


def booking_of(config: Config, store: Store, centres: Centres, numbers: Numbers, lanes: Lanes,
               schedules: Mapping[str, Schedule]) -> Booking:
    """Raises ConfigError."""
    receptions = receptions_of(config.booking)
    if unknown := sorted({each.reception.outside for each in receptions} - {"", *schedules}):
        message = f"booking: {config.booking.receptions}: there is no system {unknown[0]!r}"
        raise ConfigError(message)
    return Booking(store, receptions, centres.keepers, numbers, schedules, lanes.now)


def visits_of(booking: Booking, following: Following, lanes: Lanes, admission: Admission) -> Visits:
    """What citizens do by messages."""
    return Visits(booking, following, lanes, lambda queue: admission.line(queue).level is Level.FEDERAL)


def appointments_of(config: Config, lanes: Lanes, store: Store, files: Files, actions: Actions, booking: Booking, following: Following,
                    outreach: Outreach, centres: Centres) -> Appointments:
    """Everything about appointments; each part hears of the others' changes."""
    inviting = Inviting(lanes, store, files, booking, following, outreach, centres.clocks)
    return Appointments(Appointing(store, actions, booking, inviting, following), booking, inviting,
                        Upkeep(store, booking, ZoneInfo(config.centre.timezone), lanes.now))
