"""Public authorities, their officials and offices: who answers, the superior body, opening hours (AL-01, AL-05). Pure."""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from hub.organisation.level import Level
from hub.organisation.opening_hours import Timetable
from hub.organisation.territory import Place


class Branch(StrEnum):
    """Kind of an authority. Each has its own rules of reception (BK-02)."""

    EXECUTIVE = "executive"
    """Орган исполнительной власти, federal or of a subject."""
    MUNICIPAL = "municipal"
    """Орган местного самоуправления."""
    MFC = "mfc"
    """A многофункциональный центр, or the network of a subject."""
    OVERSIGHT = "oversight"
    """Прокуратура, уполномоченный: provides no services and receives complaints."""


class Official(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The responsible official. The post is enough: people change more often than posts."""

    post: str
    name: str = ""
    phone: str = ""
    """E.164."""


class Contacts(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    phones: tuple[str, ...] = ()
    """E.164, or short numbers."""
    email: str = ""
    site: str = ""
    address: str = ""
    """For letters."""


class Origin(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Source of a record, and whether it is verified (KB-03)."""

    source: str = ""
    """The law, the regulation, or the register, by its name and number."""
    id: str = ""
    """Its number there."""
    checked: date | None = None
    """The day of the last verification against its source."""
    review: date | None = None
    """The day by which it must be verified again."""
    imported: date | None = None
    """The day of the last import from a file or a register."""
    checksum: str = ""
    """SHA-256 in hex of what the source said: while it is unchanged, later edits are not overwritten."""
    demonstration: bool = False
    """Not verified: shipped with Okno as an example for the first run."""
    centre: str = ""
    """Code of the superior centre that sent it; "" for own records."""
    level: Level | None = None
    """Level of that centre."""


class Authority(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag="authority"):
    id: str
    name: str
    branch: Branch
    place: Place = Place()
    """Its territory; empty is the whole country."""
    short: str = ""
    superior: str = ""
    """Id of its superior; only the highest have none, and those have a controlling body."""
    controlled_by: tuple[str, ...] = ()
    """Ids of the controlling bodies."""
    official: Official | None = None
    contacts: Contacts = Contacts()
    appoints: str = ""
    """Key of its appointment rules; "" for none."""
    origin: Origin = Origin()


class Office(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag="office"):
    """A place where an authority receives citizens. Its hours are in its own zone (BK-04)."""

    id: str
    authority: str
    name: str
    address: str
    place: Place
    """`place.mfc` is its МФЦ in the registry."""
    hours: Timetable
    """A lunch break is a gap between two spans of a day."""
    phones: tuple[str, ...] = ()
    coordinates: tuple[float, float] | None = None
    """Latitude and longitude, WGS 84."""
    services: tuple[str, ...] = ()
    """Ids of the services received there; empty is all of its authority."""
    accessible: str = ""
    """For wheelchairs, with a hearing loop: in words."""
    origin: Origin = Origin()
