"""Places of services: selectable subjects and МФЦ, proposals by number, names."""

import re
from collections.abc import Callable, Iterable
from datetime import date

from msgspec import Struct

from hub.conversations.transfer_route import TransferPurpose
from hub.desk.http.forms import NamedOut
from hub.desk.organisation.forms import PlaceOut
from hub.kernel.errors import RefusedError
from hub.organisation.level import Level
from hub.organisation.queue import Lines
from hub.organisation.registry import Registry
from hub.organisation.territory import Place, Subjects

OKTMO = re.compile(r"[0-9]{8}|[0-9]{11}")


class MunicipalityOut(Struct, frozen=True):
    """`id` is the ОКТМО."""

    id: str
    title: str
    subject: str


class MfcOut(Struct, frozen=True):
    id: str
    title: str
    subject: str


class PlacesOut(Struct, frozen=True):
    """Options for a place; `errands` are possible purposes of a transfer, empty without a target."""

    subjects: list[NamedOut]
    mfcs: list[MfcOut]
    municipalities: list[MunicipalityOut]
    """Those that the registry knows by name; any other ОКТМО of a subject may be stated, too."""
    departments: list[str]
    call_centres: list[str]
    """Departments with their own call centre and no line here."""
    errands: list[TransferPurpose]


class Places:
    def __init__(self, subjects: Subjects, registry: Registry | None, lines: Lines,
                 propose: Callable[[str], frozenset[str]], today: Callable[[], date], call_centres: Iterable[str] = ()) -> None:
        """`propose` gives the possible subjects of a telephone number; `call_centres` are departments with a call centre."""
        self._subjects, self._registry, self._propose, self._today = subjects, registry, propose, today
        self._lines, self._call_centres = lines, tuple(call_centres)

    @property
    def _hosted(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(queue.department for queue in self._lines.values() if queue.department))

    @property
    def call_centres(self) -> tuple[str, ...]:
        return tuple(each for each in self._call_centres if each not in self._hosted)

    @property
    def departments(self) -> tuple[str, ...]:
        return self._hosted + self.call_centres

    @property
    def errands(self) -> list[TransferPurpose]:
        """Possible purposes of a transfer; none without a target."""
        found = [TransferPurpose.DEPARTMENT] if self.departments else []
        lines = self._lines.values()
        centres = {queue.home for queue in lines if not (queue.mfc or queue.department)}
        if self._registry or len(centres) > 1:
            found = [TransferPurpose.ANSWER, TransferPurpose.MFC_STAFF, TransferPurpose.RIGHT_PLACE, *found]
        elif any(queue.mfc for queue in lines):
            found = [TransferPurpose.MFC_STAFF, *found]
        return found

    def named(self) -> PlacesOut:
        today = self._today()
        mfcs = [each for each in self._registry.mfcs if each.active(today)] if self._registry else []
        towns = [MunicipalityOut(code, title, subject) for code, (subject, title) in self._municipalities().items()]
        return PlacesOut([NamedOut(each.code, each.name) for each in self._subjects.on(today)],
                         [MfcOut(each.id, each.name, each.subject) for each in mfcs], sorted(towns, key=lambda each: each.title),
                         list(self.departments), list(self.call_centres), self.errands)

    def settled(self, subject: str, mfc: str, municipality: str = "") -> Place:
        """A place as stored: an МФЦ determines its municipality, and that its subject. Raises RefusedError for an unknown one (RG-08)."""
        if mfc:
            found = self._registry.mfc(mfc, self._today()) if self._registry else None
            if found is None:
                raise RefusedError("no_such_place", "Такого МФЦ нет.")
            return Place(found.subject, found.municipality, found.id)
        if subject and subject not in {each.code for each in self._subjects.on(self._today())}:
            raise RefusedError("no_such_place", "Такого субъекта Федерации нет.")
        if municipality:
            known = self._municipalities().get(municipality)
            if known is None and not (subject and OKTMO.fullmatch(municipality)):
                raise RefusedError("no_such_place", "Такого муниципалитета нет: нужен ОКТМО из 8 или 11 цифр и субъект Федерации.")
            return Place(known[0] if known else subject, municipality)
        return Place(subject)

    def _municipalities(self) -> dict[str, tuple[str, str]]:
        return self._registry.municipalities(self._today()) if self._registry else {}

    def out(self, place: Place | None) -> PlaceOut | None:
        if place is None or not (place.subject or place.mfc):
            return None
        return PlaceOut(place.subject, place.mfc, self.title(place), place.municipality)

    def title(self, place: Place) -> str:
        mfc = self._registry.mfc(place.mfc, self._today()) if self._registry and place.mfc else None
        subject = self._subjects[place.subject].name if place.subject in self._subjects.codes else place.subject
        town = "" if mfc else self._municipalities().get(place.municipality, ("", place.municipality))[1]
        return ", ".join(part for part in (subject, mfc.name if mfc else town) if part)

    def proposed(self, number: str) -> list[NamedOut]:
        """Possible subjects of a caller's number: a proposal only (RT-11)."""
        return [NamedOut(code, self._subjects[code].name) for code in sorted(self._propose(number))]

    def answers_for(self, place: Place | None) -> str:
        """The name of the municipal or regional centre of a place; "" when there is none, or it is unknown."""
        if place is None or self._registry is None:
            return ""
        found = self._registry.near(place, self._today(), Level.MUNICIPAL) or self._registry.near(place, self._today(), Level.REGIONAL)
        return found.name if found else ""
