"""Bodies of power, their officials and offices: who answers, who stands above him, and when his doors are open (AL-01, AL-05). Pure."""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from hub.organisation.opening_hours import Timetable
from hub.organisation.territory import Place


class Branch(StrEnum):
    """What an authority is. Each kind receives citizens by rules of its own (BK-02)."""

    EXECUTIVE = "executive"
    """Орган исполнительной власти, federal or of a subject."""
    MUNICIPAL = "municipal"
    """Орган местного самоуправления."""
    MFC = "mfc"
    """A многофункциональный центр, or the network of a subject."""
    OVERSIGHT = "oversight"
    """Прокуратура, уполномоченный: it gives no services, and complaints go to it."""


class Official(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who answers for it. The post is enough: people change more often than posts."""

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
    """Where a record was taken from, and whether anybody answers for it (KB-03)."""

    source: str = ""
    """The law, the regulation, or the register, by its name and number."""
    id: str = ""
    """Its number there."""
    checked: date | None = None
    """The day on which it was last held against its source."""
    review: date | None = None
    """The day by which it is to be held against it again."""
    imported: date | None = None
    """The day on which it was last taken from a file or a register."""
    checksum: str = ""
    """SHA-256 of what was said there, in hexadecimal: as long as that stays, what an editor has changed since is not overwritten."""
    demonstration: bool = False
    """Nobody has confirmed it: it came with Okno, so that a first run is alive."""


class Authority(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag="authority"):
    id: str
    name: str
    branch: Branch
    place: Place = Place()
    """What it is responsible for; empty is the whole country."""
    short: str = ""
    superior: str = ""
    """Id of the one above it; only the highest have none, and those have somebody who controls them."""
    controlled_by: tuple[str, ...] = ()
    """Ids of those that control what it does."""
    official: Official | None = None
    contacts: Contacts = Contacts()
    appoints: str = ""
    """Rules for appointments, by their key; "" receives nobody by appointment."""
    origin: Origin = Origin()


class Office(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag="office"):
    """A place where an authority receives citizens. The zone of its hours is its own (BK-04)."""

    id: str
    authority: str
    name: str
    address: str
    place: Place
    """`place.mfc` is the МФЦ of the registry that it belongs to."""
    hours: Timetable
    """A pause for lunch is a gap between two spans of a day."""
    phones: tuple[str, ...] = ()
    coordinates: tuple[float, float] | None = None
    """Latitude and longitude, WGS 84."""
    services: tuple[str, ...] = ()
    """Ids of what is received there; empty is whatever its authority gives."""
    accessible: str = ""
    """For wheelchairs, with a hearing loop: in words."""
    origin: Origin = Origin()
