"""Consistency checks of the register: records that exclude each other on any day, and records that need another. Pure."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import combinations, pairwise

from hub.organisation.centre import DAY, LARGE, NUMBER, Attachment, Centre, Dated, Mfc, RegistryError, check_centre, check_dates
from hub.organisation.level import Level


def validate_registry(centres: Sequence[Centre], mfcs: Sequence[Mfc], attachments: Sequence[Attachment],
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
            raise RegistryError(name, "valid_from", "two records hold on one day")
        by_name[name].append(dated)


def _check_federal(federal: Sequence[Centre]) -> None:
    """There is a federal centre from the first day on (LV-01); pairs are checked for a second one."""
    if not federal:
        raise RegistryError("registry", "centre", "there is no federal centre")
    for one, other in pairwise(sorted(federal, key=lambda each: each.valid_from)):
        if one.valid_to and other.valid_from > one.valid_to + DAY:
            record = f"centre {other.id}"
            raise RegistryError(record, "valid_from", f"nobody is the federal centre between {one.valid_to} and it")


def _check_pair(one: Centre, other: Centre) -> None:
    """Two centres that are active on the same day."""
    record = f"centre {other.id}"
    if one.id == other.id:
        raise RegistryError(record, "id", "taken twice on one day")
    for number in {each.number: each for each in one.numbers if each.number in {own.number for own in other.numbers}}.values():
        if not number.short or one.area.overlaps(other.area):
            raise RegistryError(record, "numbers", f"{number.number} is that of centre {one.id}")
    if one.level is not other.level:
        return
    if one.level is Level.FEDERAL:
        raise RegistryError(record, "level", f"{one.id} is the federal centre on the same day")
    if both := set(one.area.mfcs) & set(other.area.mfcs):
        raise RegistryError(record, "area.mfcs", f"{min(both)} is that of centre {one.id}")
    if both := set(one.area.municipalities) & set(other.area.municipalities):
        raise RegistryError(record, "area.municipalities", f"{min(both)} is that of centre {one.id}")
    whole = not one.area.municipalities and not other.area.municipalities
    if one.level is Level.REGIONAL and whole and one.area.overlaps(other.area):
        raise RegistryError(record, "area.subjects", f"centre {one.id} answers for the same, and neither names municipalities")


def _check_subjects(record: str, named: Sequence[str], known: Collection[str] | None) -> None:
    for code in named:
        if known is not None and code not in known:
            raise RegistryError(record, "subject", f"there is no subject {code!r}")


def _check_mfc(mfc: Mfc, subjects: Collection[str] | None) -> None:
    record = f"mfc {mfc.id}"
    check_dates(record, mfc)
    _check_subjects(record, (mfc.subject,), subjects)
    if mfc.served_population < 0:
        raise RegistryError(record, "served_population", "is negative")
    for field in ("id", "name", "municipality", *(("locality",) if mfc.address else ())):
        if not getattr(mfc, field).strip():
            raise RegistryError(record, field, "is empty")
    if mfc.phone and not NUMBER.fullmatch(mfc.phone):
        raise RegistryError(record, "phone", f"{mfc.phone!r} is neither E.164 (+78001234567) nor short (122)")


def _check_mfc_of(centre: Centre, mfc: str, records: Sequence[Mfc]) -> None:
    """A municipal centre is made for МФЦ of its own subject that serve more than 100 000 people (LV-03, D8)."""
    record, met = f"centre {centre.id}", [each for each in records if each.meets(centre)]
    if not met:
        raise RegistryError(record, "area.mfcs", f"there is no МФЦ {mfc!r} while the centre works")
    for each in met:
        if each.served_population <= LARGE:
            raise RegistryError(record, "area.mfcs", f"{mfc} serves {each.served_population} people, not more than {LARGE}")
        if each.subject not in centre.area.subjects:
            raise RegistryError(record, "area.mfcs", f"{mfc} lies in subject {each.subject}")


def _check_attachment(attachment: Attachment, centres: Sequence[Centre], mfcs: Sequence[Mfc]) -> None:
    record = f"attachment of {attachment.mfc}"
    check_dates(record, attachment)
    if not any(each.id == attachment.mfc and each.active(attachment.valid_from) for each in mfcs):
        raise RegistryError(record, "mfc", f"there is no such МФЦ on {attachment.valid_from}")
    if own := next((each for each in centres if attachment.mfc in each.area.mfcs and each.meets(attachment)), None):
        raise RegistryError(record, "valid_to", f"the МФЦ has a centre of its own then, {own.id}")
