"""Three offices that receive by appointment: an МФЦ in Serpukhov, a body of the subject in Omsk, a village's council in Kaliningrad."""

from datetime import date
from importlib.resources import files

from hub.appointments.booking import Booking
from hub.appointments.booking_centre import BookingCentreResolver
from hub.appointments.schedule import Receptions, read_receptions
from hub.conversations.ports import Store
from hub.kernel.ids import CASE_WIDTH, TicketNumbers
from hub.knowledge.catalogue.toml_format import read_catalogue
from hub.organisation.level import Level
from hub.organisation.registry import Registry
from okno.commands.registry import read_registry
from okno.territory import subjects
from tests.rig import MOSCOW, Clock

CATALOGUE = """
[[authority]]
id = "mfc-net"
name = "МФЦ области"
branch = "mfc"
appoints = "mfc"
contacts = { email = "mfc@example.ru" }
[[authority]]
id = "social"
name = "Министерство труда"
branch = "executive"
appoints = "body"
[[authority]]
id = "council"
name = "Администрация посёлка"
branch = "municipal"
appoints = "council"

[[office]]
id = "mfc"
authority = "mfc-net"
name = "МФЦ на Примерной"
address = "Серпухов, Примерная ул., 1"
place = { subject = "50", municipality = "46700001", mfc = "large" }
hours = { zone = "Europe/Moscow", holidays = "RU", week = { working_day = ["09:00-13:00", "14:00-18:00"] } }
coordinates = [54.91, 37.41]
[[office]]
id = "omsk"
authority = "social"
name = "Приёмная министерства"
address = "Омск, ул. Образцовая, 2"
place = { subject = "55", municipality = "52701000" }
hours = { zone = "Asia/Omsk", holidays = "RU", week = { tuesday = ["10:00-12:00"] } }
[[office]]
id = "village"
authority = "council"
name = "Администрация"
address = "Посёлок, 1"
place = { subject = "39", municipality = "27000001" }
hours = { zone = "Europe/Kaliningrad", week = { every_day = ["10:00-11:00"] } }

[[service]]
id = "passport"
title = "Загранпаспорт"
name = "Выдача загранпаспорта"
level = "federal"
authority = "mfc-net"
documents = [{ applicant = "Взрослый", papers = [{ name = "Паспорт" }, { name = "Фото", note = "3,5 × 4,5 см" }, { name = "Справка", by_authority = true }] }]
[[service]]
id = "benefit"
title = "Пособие"
name = "Назначение пособия"
level = "regional"
authority = "social"
[[service]]
id = "land"
title = "Участок"
name = "Предоставление участка"
level = "municipal"
authority = "council"
"""
RECEPTIONS = """
[[rules]]
id = "mfc"
slot_min = 15
[[rules]]
id = "body"
slot_min = 30
gap_min = 10
horizon_days = 60
notice_min = 1440
per_person = 1
[[rules]]
id = "council"
slot_min = 20

[[reception]]
office = "mfc"
windows = [{ id = "1", services = ["passport"] }, { id = "2" }]
[[reception]]
office = "omsk"
windows = [{ id = "А" }]
[[reception]]
office = "village"
windows = [{ id = "1" }]
week = { monday = ["10:00-11:00"] }
days = { 2026-01-12 = [] }
"""


def receptions(text: str = RECEPTIONS) -> Receptions:
    return read_receptions(text, read_catalogue(CATALOGUE))


def registry(opens: date = date(2026, 2, 1)) -> Registry:
    """The demonstration's, whose town has a centre of its own from a day on; before that the region's books to its МФЦ."""
    text = (files("okno.demo") / "registry.toml").read_text(encoding="utf8")
    assert text.count("valid_from = 2025-03-01") == 2
    return read_registry(text.replace("valid_from = 2025-03-01", f"valid_from = {opens}"), subjects())


def keepers_of(clock: Clock, known: Registry | None = None, own: str = "077", level: Level = Level.REGIONAL) -> BookingCentreResolver:
    return BookingCentreResolver(known, own, level, lambda: clock().astimezone(MOSCOW).date(), {own: "Наш центр"})


def booking_of(store: Store, clock: Clock, keepers: BookingCentreResolver | None = None, text: str = RECEPTIONS, **schedules: object) -> Booking:
    return Booking(store, receptions(text), keepers or keepers_of(clock), TicketNumbers("077", zone=MOSCOW, width=CASE_WIDTH),
                   schedules, clock)  # type: ignore[arg-type]
