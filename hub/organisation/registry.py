"""The register of centres and МФЦ: which centre is responsible for a place, and which one was dialled. Pure.

Every query has a date, since centres open and close. Rules for a place, in order:

    its МФЦ has a municipal centre          → that centre           (LV-03)
    its МФЦ is attached to the federal one  → federal, information  (GV-05)
    its municipality has a municipal centre → that centre
    its subject has a regional centre       → that centre           (LV-02)
    none                                    → federal, information  (D7)
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import combinations, pairwise

from msgspec import Struct
from msgspec.structs import replace

from hub.organisation.centre import (
    DAY,
    LARGE,
    NUMBER,
    Area,
    Centre,
    Dated,
    Function,
    LegalForm,
    Mfc,
    MfcAttachment,
    Number,
    RegistryError,
    Tariff,
    check_centre,
    check_dates,
)
from hub.organisation.level import Level
from hub.organisation.overload_thresholds import OverloadThresholds
from hub.organisation.territory import Place


def validate_registry(centres: Sequence[Centre], mfcs: Sequence[Mfc], attachments: Sequence[MfcAttachment],
                      subjects: Collection[str] | None) -> None:
    """Raises RegistryError that names the first invalid record and field; `subjects` None leaves codes unchecked."""
    for centre in centres:
        check_centre(centre)
        _check_subjects(f"centre {centre.id}", centre.area.subjects, subjects)
        for mfc in centre.area.mfcs:
            _check_mfc_of(centre, mfc, [each for each in mfcs if each.id == mfc])
    _check_federal([each for each in centres if each.level is Level.FEDERAL])
    for one, other in combinations(centres, 2):
        if one.meets(other):
            _check_pair(one, other)
    for each in mfcs:
        _check_mfc(each, subjects)
    _check_once([(f"mfc {each.id}", each) for each in mfcs])
    for attachment in attachments:
        _check_attachment(attachment, centres, mfcs)
    _check_once([(f"attachment of {each.mfc}", each) for each in attachments])


def _check_once(records: Sequence[tuple[str, Dated]]) -> None:
    """The periods of records with one name do not overlap."""
    by_name: defaultdict[str, list[Dated]] = defaultdict(list)
    for name, dated in records:
        if any(dated.meets(other) for other in by_name[name]):
            raise RegistryError(name, "valid_from", "two records hold on one day", "две записи действуют в один день")
        by_name[name].append(dated)


def _check_federal(federal: Sequence[Centre]) -> None:
    """There is a federal centre from the first day on (LV-01); pairs are checked for a second one."""
    if not federal:
        raise RegistryError("registry", "centre", "there is no federal centre", "нет федерального центра")
    for one, other in pairwise(sorted(federal, key=lambda each: each.valid_from)):
        if one.valid_to and other.valid_from > one.valid_to + DAY:
            record = f"centre {other.id}"
            raise RegistryError(record, "valid_from", f"nobody is the federal centre between {one.valid_to} and it",
                                f"с {one.valid_to} до него нет федерального центра")


def _check_pair(one: Centre, other: Centre) -> None:
    """Two centres that are active on the same day."""
    record = f"centre {other.id}"
    if one.id == other.id:
        raise RegistryError(record, "id", "taken twice on one day", "код в один день занят дважды")
    for number in {each.number: each for each in one.numbers if each.number in {own.number for own in other.numbers}}.values():
        if not number.short or one.area.overlaps(other.area):
            raise RegistryError(record, "numbers", f"{number.number} is that of centre {one.id}",
                                f"{number.number} уже принадлежит центру {one.id}")
    if one.level is not other.level:
        return
    if one.level is Level.FEDERAL:
        raise RegistryError(record, "level", f"{one.id} is the federal centre on the same day",
                            f"в тот же день федеральный центр — {one.id}")
    if both := set(one.area.mfcs) & set(other.area.mfcs):
        raise RegistryError(record, "area.mfcs", f"{min(both)} is that of centre {one.id}", f"{min(both)} уже принадлежит центру {one.id}")
    if both := set(one.area.municipalities) & set(other.area.municipalities):
        raise RegistryError(record, "area.municipalities", f"{min(both)} is that of centre {one.id}",
                            f"{min(both)} уже принадлежит центру {one.id}")
    whole = not one.area.municipalities and not other.area.municipalities
    if one.level is Level.REGIONAL and whole and one.area.overlaps(other.area):
        raise RegistryError(record, "area.subjects", f"centre {one.id} answers for the same, and neither names municipalities",
                            f"за ту же территорию отвечает центр {one.id}, и ни у одного не названы муниципалитеты")


def _check_subjects(record: str, named: Sequence[str], known: Collection[str] | None) -> None:
    for code in named:
        if known is not None and code not in known:
            raise RegistryError(record, "subject", f"there is no subject {code!r}", f"субъекта {code} нет")


def _check_mfc(mfc: Mfc, subjects: Collection[str] | None) -> None:
    record = f"mfc {mfc.id}"
    check_dates(record, mfc)
    _check_subjects(record, (mfc.subject,), subjects)
    if mfc.served_population < 0:
        raise RegistryError(record, "served_population", "is negative", "число жителей не может быть меньше нуля")
    for field in ("id", "name", "municipality", *(("locality",) if mfc.address else ())):
        if not getattr(mfc, field).strip():
            raise RegistryError(record, field, "is empty", "не заполнено")
    if mfc.phone and not NUMBER.fullmatch(mfc.phone):
        raise RegistryError(record, "phone", f"{mfc.phone!r} is neither E.164 (+78001234567) nor short (122)",
                            f"{mfc.phone}: номер пишется как +78001234567 или коротко: 122")


def _check_mfc_of(centre: Centre, mfc: str, records: Sequence[Mfc]) -> None:
    """A municipal centre is made for МФЦ of its own subject that serve more than 100 000 people (LV-03, D8)."""
    record, met = f"centre {centre.id}", [each for each in records if each.meets(centre)]
    if not met:
        raise RegistryError(record, "area.mfcs", f"there is no МФЦ {mfc!r} while the centre works",
                            f"пока работает центр, МФЦ {mfc} нет в реестре")
    for each in met:
        if each.served_population <= LARGE:
            raise RegistryError(record, "area.mfcs", f"{mfc} serves {each.served_population} people, not more than {LARGE}",
                                f"МФЦ {mfc} обслуживает {each.served_population} жителей, а нужно больше {LARGE}")
        if each.subject not in centre.area.subjects:
            raise RegistryError(record, "area.mfcs", f"{mfc} lies in subject {each.subject}",
                                f"МФЦ {mfc} находится в субъекте {each.subject}")


def _check_attachment(attachment: MfcAttachment, centres: Sequence[Centre], mfcs: Sequence[Mfc]) -> None:
    record = f"attachment of {attachment.mfc}"
    check_dates(record, attachment)
    if not any(each.id == attachment.mfc and each.active(attachment.valid_from) for each in mfcs):
        raise RegistryError(record, "mfc", f"there is no such МФЦ on {attachment.valid_from}", f"такого МФЦ {attachment.valid_from} нет")
    if own := next((each for each in centres if attachment.mfc in each.area.mfcs and each.meets(attachment)), None):
        raise RegistryError(record, "valid_to", f"the МФЦ has a centre of its own then, {own.id}",
                            f"в это время у МФЦ есть свой центр, {own.id}")


MUNICIPALITY = 8
"""Digits of the ОКТМО of a municipality; a settlement in it has three more."""


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


def lies_in(municipality: str, areas: Collection[str]) -> bool:
    """Whether an ОКТМО is one of these, or a settlement (11 digits) of one (8 digits)."""
    return municipality in areas or (len(municipality) > MUNICIPALITY and municipality[:MUNICIPALITY] in areas)


class Registry:
    """A change gives another registry. Only the one in force changes in place, by `become`: every room holds the same object."""

    def __init__(self, centres: Iterable[Centre], mfcs: Iterable[Mfc] = (), attachments: Iterable[MfcAttachment] = (),
                 subjects: Collection[str] | None = None) -> None:
        """`subjects` are the existing codes, if they are to be checked; raises RegistryError."""
        self.centres, self.mfcs, self.attachments = tuple(centres), tuple(mfcs), tuple(attachments)
        self._subjects = subjects
        validate_registry(self.centres, self.mfcs, self.attachments, subjects)

    def become(self, other: "Registry") -> None:
        """Take over its records: another version is in force."""
        self.centres, self.mfcs, self.attachments = other.centres, other.mfcs, other.attachments

    def active(self, on: date) -> tuple[Centre, ...]:
        return tuple(centre for centre in self.centres if centre.active(on))

    def changes(self, since: date, until: date) -> list[date]:
        """Days of a period, both ends included, on which a record begins to hold or holds no more; the last day first."""
        records: list[Dated] = [*self.centres, *self.mfcs, *self.attachments]
        days = {each.valid_from for each in records} | {each.valid_to + DAY for each in records if each.valid_to}
        return sorted((day for day in days if since <= day <= until), reverse=True)

    def federal(self, on: date) -> Centre | None:
        return next(self._of(Level.FEDERAL, on), None)

    def centre(self, code: str, on: date) -> Centre | None:
        return next((each for each in self.active(on) if each.id == code), None)

    def mfc(self, code: str, on: date) -> Mfc | None:
        return next((each for each in self.mfcs if each.id == code and each.active(on)), None)

    def responsible(self, place: Place, on: date) -> Responsible | None:
        """The one centre for a place; None only on a day without a federal centre and without a nearer one."""
        federal = self.federal(on)
        # An МФЦ with a centre of its own is never attached: hub/organisation/registry.py guarantees it.
        if federal and self._attached(place.mfc, on):
            return Responsible(federal, Why.ATTACHED)
        return self._nearer(place, on) or (Responsible(federal, Why.NO_CENTRE) if federal else None)

    def near(self, place: Place, on: date, level: Level) -> Centre | None:
        """The municipal or the regional centre of a place, if there is one."""
        found = self._nearer(place, on, (level,))
        return found.centre if found and found.centre.level is level else None

    def municipalities(self, on: date) -> dict[str, tuple[str, str]]:
        """ОКТМО of a day's registry with their subjects and names: the town of their МФЦ, else the centre made for them."""
        active = self.active(on)
        named = {code: (centre.area.subjects[0], centre.name if len(centre.area.municipalities) == 1 else "")
                 for centre in active if len(centre.area.subjects) == 1 for code in centre.area.municipalities}
        towns = {mfc.municipality: (mfc.subject, mfc.locality) for mfc in self.mfcs if mfc.active(on) and mfc.locality}
        others = {mfc.municipality: (mfc.subject, mfc.name) for mfc in self.mfcs if mfc.active(on)}
        found = others | {code: each for code, each in named.items() if each[1] or code not in others} | towns
        return {code: (subject, title or code) for code, (subject, title) in found.items()}

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

    def overload(self, on: date) -> dict[str, OverloadThresholds]:
        """Thresholds of the centres that have some of their own (D9)."""
        return {each.id: each.overload for each in self.active(on) if each.overload}

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
        return self._with((*self.attachments, MfcAttachment(mfc=mfc, valid_from=on)))

    def detach(self, mfc: str, on: date) -> "Registry":
        """`on` is the first day without the attachment; raises RegistryError when there was none the day before."""
        now = next((each for each in self.attachments if each.mfc == mfc and each.active(on - DAY)), None)
        if now is None:
            record = f"attachment of {mfc}"
            raise RegistryError(record, "valid_to", f"it is not attached on {on - DAY}", f"{on - DAY} МФЦ не подключён")
        return self._with(replace(each, valid_to=on - DAY) if each is now else each for each in self.attachments)

    def with_numbers(self, on: date, numbers: Mapping[str, Sequence[Number]]) -> "Registry":
        """Set the numbers of centres by code, with the day of their records; raises RegistryError for invalid ones."""
        centres = (replace(each, numbers=tuple(numbers[each.id])) if each.active(on) and each.id in numbers else each
                   for each in self.centres)
        return Registry(centres, self.mfcs, self.attachments, self._subjects)

    def _with(self, attachments: Iterable[MfcAttachment]) -> "Registry":
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
            if not mfc and (found := next((each for each in own if lies_in(place.municipality, each.area.municipalities)), None)):
                return Responsible(found, Why.MUNICIPALITY)
        here = [each for each in self._of(Level.REGIONAL, on) if place.subject in each.area.subjects]
        narrow = (each for each in here if lies_in(place.municipality, each.area.municipalities))
        whole = (each for each in here if not each.area.municipalities)
        found = next(narrow, None) or next(whole, None)
        return Responsible(found, Why.SUBJECT) if found else None
