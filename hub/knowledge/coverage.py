"""Coverage of the handbook by territory: which bodies and services lack what citizens ask for first (KB-08, AL-01). Pure.

A field is known where the card has it, and its source was verified and is not due for review: an example that came with the product, or
a fact of unknown date, is a gap.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct

from hub.knowledge.authorities import Authority, Office, Origin
from hub.knowledge.edition import CardKind
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.knowledge.public_services import PublicService
from hub.organisation.level import Level

BODY, SERVICE = ("phones", "address", "hours"), ("fee", "term", "documents")
"""What must be known of each."""


class Gap(Struct, frozen=True):
    """`lacking` are keys of fields."""

    sort: CardKind
    id: str
    title: str
    lacking: tuple[str, ...]


class TerritoryCoverage(Struct, frozen=True):
    """`subject` is "" for what holds in the whole country. `known` counts the cards that have a field."""

    subject: str
    bodies: int
    services: int
    known: dict[str, int]
    gaps: tuple[Gap, ...]

    @property
    def share(self) -> float:
        """Of all facts that must be known; 0 where there is no card."""
        whole = self.bodies * len(BODY) + self.services * len(SERVICE)
        return sum(self.known.values()) / whole if whole else 0.0


def coverage(handbook: KnowledgeSnapshot, subjects: Iterable[str], day: date) -> list[TerritoryCoverage]:
    """The whole country first, then each subject, also those without any card."""
    offices: defaultdict[str, list[Office]] = defaultdict(list)
    for office in handbook.offices.values():
        offices[office.authority].append(office)
    found: dict[str, list[Gap]] = {subject: [] for subject in ("", *subjects)}
    for body in handbook.authorities.values():
        found.setdefault(body.place.subject, []).append(
            Gap(CardKind.AUTHORITY, body.id, body.name, _lacks(body.origin, day, _of_body(body, offices[body.id], day))))
    for service in handbook.services.values():
        body_of = handbook.authorities.get(service.authority)
        subject = "" if body_of is None or service.level is Level.FEDERAL else body_of.place.subject
        found.setdefault(subject, []).append(
            Gap(CardKind.SERVICE, service.id, service.title, _lacks(service.origin, day, _of_service(service))))
    return [_sum(subject, gaps) for subject, gaps in found.items()]


def _of_body(body: Authority, offices: Sequence[Office], day: date) -> dict[str, bool]:
    dated = [each for each in offices if _dated(each.origin, day)]
    return {"phones": bool(body.contacts.phones or (body.official and body.official.phone) or any(each.phones for each in dated)),
            "address": bool(body.contacts.address or dated), "hours": bool(dated)}


def _of_service(service: PublicService) -> dict[str, bool]:
    return {"fee": service.fee is not None, "term": service.term is not None,
            "documents": bool(service.documents) and all(each.papers for each in service.documents)}


def _lacks(origin: Origin, day: date, has: dict[str, bool]) -> tuple[str, ...]:
    return tuple(field for field, there in has.items() if not (there and _dated(origin, day)))


def _dated(origin: Origin, day: date) -> bool:
    return origin.checked is not None and not origin.demonstration and (origin.review is None or origin.review >= day)


def _sum(subject: str, cards: Sequence[Gap]) -> TerritoryCoverage:
    kinds = {CardKind.AUTHORITY: BODY, CardKind.SERVICE: SERVICE}
    numbers = {kind: sum(each.sort is kind for each in cards) for kind in kinds}
    known = {field: numbers[kind] - sum(field in each.lacking for each in cards if each.sort is kind)
             for kind, fields in kinds.items() for field in fields}
    gaps = sorted((each for each in cards if each.lacking), key=lambda each: (-len(each.lacking), each.title))
    return TerritoryCoverage(subject, numbers[CardKind.AUTHORITY], numbers[CardKind.SERVICE], known, tuple(gaps))
