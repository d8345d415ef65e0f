"""The register of centres and МФЦ: which centre is responsible for a place, and which one was dialled. Pure.

Every query has a date, since centres open and close. Rules for a place, in order:

    its МФЦ has a municipal centre          → that centre           (LV-03)
    its МФЦ is attached to the federal one  → federal, information  (GV-05)
    its municipality has a municipal centre → that centre
    its subject has a regional centre       → that centre           (LV-02)
    none                                    → federal, information  (D7)
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hub.organisation.centre import DAY, Area, Attachment, Centre, LegalForm, Mfc, Number, RegistryError, Tariff
from hub.organisation.delegated_functions import Function
from hub.organisation.level import Level
from hub.organisation.registry_checks import validate_registry
from hub.organisation.territory import Place


class Why(StrEnum):
    """The rule that decided about a place."""

    MFC = "mfc"
    ATTACHED = "attached"
    MUNICIPALITY = "municipality"
    SUBJECT = "subject"
    NO_CENTRE = "no_centre"


class Responsible(Struct, frozen=True):
    centre: Centre
    why: Why

    @property
    def information_only(self) -> bool:
        """The federal centre answers because there is no other: no bookings, no application status; it notes a callback (D7)."""
        return self.why in {Why.ATTACHED, Why.NO_CENTRE}


class Body(Struct, frozen=True):
    """A public authority that receives citizens by appointment."""

    place: Place
    municipal: bool = False


class Listing(Struct, frozen=True):
    """A row of the public directory: one published number of one centre (LV-08)."""

    number: str
    tariff: Tariff
    centre: str
    name: str
    level: Level
    owner: str
    legal_form: LegalForm
    hours: str
    area: Area


class Registry:
    """Immutable: a change gives another registry."""

    def __init__(self, centres: Iterable[Centre], mfcs: Iterable[Mfc] = (), attachments: Iterable[Attachment] = (),
                 subjects: Collection[str] | None = None) -> None:
        """`subjects` are the existing codes, if they are to be checked; raises RegistryError."""
        self.centres, self.mfcs, self.attachments = tuple(centres), tuple(mfcs), tuple(attachments)
        self._subjects = subjects
        validate_registry(self.centres, self.mfcs, self.attachments, subjects)

    def active(self, on: date) -> tuple[Centre, ...]:
        return tuple(centre for centre in self.centres if centre.active(on))

    def federal(self, on: date) -> Centre | None:
        return next(self._of(Level.FEDERAL, on), None)

    def centre(self, code: str, on: date) -> Centre | None:
        return next((each for each in self.active(on) if each.id == code), None)

    def mfc(self, code: str, on: date) -> Mfc | None:
        return next((each for each in self.mfcs if each.id == code and each.active(on)), None)

    def responsible(self, place: Place, on: date) -> Responsible | None:
        """The one centre for a place; None only on a day without a federal centre and without a nearer one."""
        federal = self.federal(on)
        # An МФЦ with a centre of its own is never attached: hub/organisation/registry_checks.py guarantees it.
        if federal and self._attached(place.mfc, on):
            return Responsible(federal, Why.ATTACHED)
        return self._nearer(place, on) or (Responsible(federal, Why.NO_CENTRE) if federal else None)

    def near(self, place: Place, on: date, level: Level) -> Centre | None:
        """The municipal or the regional centre of a place, if there is one."""
        found = self._nearer(place, on, (level,))
        return found.centre if found and found.centre.level is level else None

    def booking_centre(self, host: Body | Mfc, on: date) -> Centre | None:
        """The booking centre: of a state body the regional one, of a municipal body or an МФЦ its own; never the federal one (D18).

        None: the region has no centre yet, and the federal one only notes a callback (D7).
        """
        if isinstance(host, Mfc):
            near = self._nearer(Place(host.subject, host.municipality, host.id), on)
        elif host.municipal:
            near = self._nearer(host.place, on)
        else:
            near = self._nearer(Place(host.place.subject, host.place.municipality), on, (Level.REGIONAL,))
        return near.centre if near else None

    def dialled(self, number: str, on: date, subject: str = "") -> Centre | None:
        """The centre of a dialled number. Centres of different subjects may share a short number: then the caller's subject decides."""
        found = [each for each in self.active(on) if any(own.number == number for own in each.numbers)]
        here = [each for each in found if subject in each.area.subjects]
        return found[0] if len(found) == 1 else next(iter(here), None)

    def directory(self, on: date) -> list[Listing]:
        """All published numbers of all active centres, the federal one first (LV-08)."""
        ladder = list(Level)
        return [Listing(each.number, each.tariff, c.id, c.name, c.level, c.owner, c.legal_form, c.hours, c.area)
                for c in sorted(self.active(on), key=lambda c: (ladder.index(c.level), c.id)) for each in c.numbers if each.published]

    def may(self, centre: str, function: Function, contractor: str, on: date, *, personal_data: bool = False) -> bool:
        """Whether a contractor's operators may perform a function for a centre, and with personal data if requested (LV-07)."""
        found = self.centre(centre, on)
        return found is not None and function in found.delegated(contractor, on, personal_data=personal_data)

    def attached(self, on: date) -> tuple[Mfc, ...]:
        """МФЦ that are connected to the federal centre on a day (GV-05)."""
        ids = sorted({each.mfc for each in self.attachments if each.active(on)})
        return tuple(mfc for each in ids if (mfc := self.mfc(each, on)))

    def attach(self, mfc: str, on: date) -> "Registry":
        """Attach an МФЦ from a day on; raises RegistryError when it is attached or has a centre of its own."""
        return self._with((*self.attachments, Attachment(mfc=mfc, valid_from=on)))

    def detach(self, mfc: str, on: date) -> "Registry":
        """`on` is the first day without the attachment; raises RegistryError when there was none the day before."""
        now = next((each for each in self.attachments if each.mfc == mfc and each.active(on - DAY)), None)
        if now is None:
            record = f"attachment of {mfc}"
            raise RegistryError(record, "valid_to", f"it is not attached on {on - DAY}")
        return self._with(replace(each, valid_to=on - DAY) if each is now else each for each in self.attachments)

    def with_numbers(self, on: date, numbers: Mapping[str, Sequence[Number]]) -> "Registry":
        """Set the numbers of centres by code, with the day of their records; raises RegistryError for invalid ones."""
        centres = (replace(each, numbers=tuple(numbers[each.id])) if each.active(on) and each.id in numbers else each
                   for each in self.centres)
        return Registry(centres, self.mfcs, self.attachments, self._subjects)

    def _with(self, attachments: Iterable[Attachment]) -> "Registry":
        return Registry(self.centres, self.mfcs, attachments, self._subjects)

    def _of(self, level: Level, on: date) -> Iterator[Centre]:
        return (each for each in self.centres if each.level is level and each.active(on))

    def _attached(self, mfc: str, on: date) -> bool:
        return any(each.mfc == mfc and each.active(on) for each in self.attachments)

    def _nearer(self, place: Place, on: date, levels: Collection[Level] = (Level.MUNICIPAL, Level.REGIONAL)) -> Responsible | None:
        """The municipal or the regional centre; an МФЦ is in its registered municipality and subject, whatever the place says."""
        if mfc := self.mfc(place.mfc, on):
            place = Place(mfc.subject, mfc.municipality, mfc.id)
        if Level.MUNICIPAL in levels:
            own = list(self._of(Level.MUNICIPAL, on))
            if found := next((each for each in own if place.mfc in each.area.mfcs), None):
                return Responsible(found, Why.MFC)
            # An МФЦ outside of a municipal centre's scope belongs to the region, even in the same town.
            if not mfc and (found := next((each for each in own if place.municipality in each.area.municipalities), None)):
                return Responsible(found, Why.MUNICIPALITY)
        here = [each for each in self._of(Level.REGIONAL, on) if place.subject in each.area.subjects]
        narrow = (each for each in here if place.municipality in each.area.municipalities)
        whole = (each for each in here if not each.area.municipalities)
        found = next(narrow, None) or next(whole, None)
        return Responsible(found, Why.SUBJECT) if found else None
