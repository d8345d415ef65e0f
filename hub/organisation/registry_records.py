"""The records of a registry as a whole: changed from a day on, compared, and who may change which (LV-02, LV-07, LV-08, GV-05). Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import asdict, fields, replace

from hub.kernel.errors import RefusedError
from hub.organisation.centre import DAY, FUNCTIONS, Centre, CentreContract, Dated, Mfc, MfcAttachment
from hub.organisation.level import LEVELS, Level

Record = TypeVar("Record", bound=Dated)


class RegistryRecords(Struct, frozen=True):
    centres: tuple[Centre, ...] = ()
    mfcs: tuple[Mfc, ...] = ()
    attachments: tuple[MfcAttachment, ...] = ()

    def with_centre(self, centre: Centre) -> "RegistryRecords":
        """A centre as it is from the first day of this record on; what is dated in it holds within it."""
        changed = _with(self.centres, centre, lambda each: each.id == centre.id)
        return replace(self, centres=tuple(_within(each) for each in changed))

    def with_mfc(self, mfc: Mfc) -> "RegistryRecords":
        return replace(self, mfcs=_with(self.mfcs, mfc, lambda each: each.id == mfc.id))

    def attached(self, mfc: str, on: date) -> "RegistryRecords":
        """Connected to the federal centre from a day on (GV-05)."""
        return replace(self, attachments=(*self.attachments, MfcAttachment(mfc=mfc, valid_from=on)))

    def detached(self, mfc: str, on: date) -> "RegistryRecords":
        """`on` is the first day without. Raises RefusedError where it is not attached."""
        found = next((each for each in self.attachments if each.mfc == mfc and (each.valid_to is None or each.valid_to >= on)), None)
        if found is None:
            raise RefusedError("bad_registry", "Этот МФЦ в этот день не подключён к федеральному центру.")
        cut = () if found.valid_from >= on else (replace(found, valid_to=on - DAY),)
        return replace(self, attachments=tuple(one for each in self.attachments for one in (cut if each is found else (each,))))


def _with(records: Sequence[Record], new: Record, same: Callable[[Record], bool]) -> tuple[Record, ...]:
    """The record that holds on its first day ends the day before; a later one begins when it does."""
    before = [each for each in records if same(each) and each.valid_from < new.valid_from]
    after = [each for each in records if same(each) and each.valid_from > new.valid_from]
    if after and new.valid_to is None:
        new = replace(new, valid_to=min(each.valid_from for each in after) - DAY)
    cut = [replace(each, valid_to=min(each.valid_to or date.max, new.valid_from - DAY)) for each in before]
    its = [*cut, new, *after]
    at = next((place for place, each in enumerate(records) if same(each)), len(records))
    others = [[each for each in part if not same(each)] for part in (records[:at], records[at:])]
    return (*others[0], *its, *others[1])


def _within(centre: Centre) -> Centre:
    """Its contracts, as far as they lie within it."""
    return replace(centre, contracts=tuple(
        replace(each, valid_from=max(each.valid_from, centre.valid_from), valid_to=_earlier(each.valid_to, centre.valid_to))
        for each in centre.contracts if each.meets(centre)))


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((each for each in (one, other) if each), default=None)


def changed_records(before: RegistryRecords, after: RegistryRecords) -> RegistryRecords:
    """Those that only one of the two has."""
    return RegistryRecords(_other(before.centres, after.centres), _other(before.mfcs, after.mfcs),
                           _other(before.attachments, after.attachments))


def _other(before: Sequence[Record], after: Sequence[Record]) -> tuple[Record, ...]:
    return tuple(each for each in (*before, *after) if (each in before) != (each in after))


def may_change(own: Centre, before: RegistryRecords, after: RegistryRecords) -> bool:
    """Whether an administrator of a centre may do this: of its own record, and of what stands below it.

    The federal centre changes everything; a regional one its municipal centres and the МФЦ of its subjects; a municipal one itself.
    """
    if own.level is Level.FEDERAL:
        return True
    changed, subjects = changed_records(before, after), set(own.area.subjects)
    if any(not _is_below(own, each) for each in changed.centres):
        return False
    regional = own.level is Level.REGIONAL
    towns = {each.id for each in (*before.mfcs, *after.mfcs) if each.subject in subjects}
    return regional >= bool(changed.mfcs or changed.attachments) and {
        *(each.id for each in changed.mfcs), *(each.mfc for each in changed.attachments)} <= towns


def _is_below(own: Centre, centre: Centre) -> bool:
    if centre.id == own.id:
        return centre.level is own.level and set(centre.area.subjects) <= set(own.area.subjects)
    return own.level is Level.REGIONAL and centre.level is Level.MUNICIPAL and set(centre.area.subjects) <= set(own.area.subjects)


FIELDS = {"name": "название", "level": "уровень", "owner": "орган", "legal_form": "форма", "hours": "часы", "area": "территория",
          "sites": "площадки", "numbers": "номера", "trunks": "каналы связи", "contracts": "договоры", "overload": "пороги перегрузки",
          "valid_to": "последний день", "subject": "субъект", "municipality": "ОКТМО", "served_population": "обслуживает жителей",
          "locality": "населённый пункт", "address": "адрес", "phone": "телефон", "checked": "проверено"}


def differences(before: RegistryRecords, after: RegistryRecords) -> list[str]:
    """In Russian, one a line."""
    return [*_changes("Центр", before.centres, after.centres), *_changes("МФЦ", before.mfcs, after.mfcs),
            *_attachments(before.attachments, after.attachments)]


def _changes(kind: str, before: Sequence[Centre] | Sequence[Mfc], after: Sequence[Centre] | Sequence[Mfc]) -> Iterator[str]:
    old, new = ({(each.id, each.valid_from): each for each in records} for records in (before, after))
    known = {each.id for each in before}
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was is None and now is not None:
            former = max((each for each in before if each.id == now.id and each.valid_from < now.valid_from),
                         key=lambda each: each.valid_from, default=None)
            told = "; ".join(_fields(former, now)) if former else ""
            yield (f"{kind} {now.id} «{now.name}» с {now.valid_from:%d.%m.%Y}{': ' + told if told else ''}." if now.id in known
                   else f"Новый {kind.replace('Центр', 'центр')} {now.id} «{now.name}» с {now.valid_from:%d.%m.%Y}.")
        elif now is None and was is not None:
            yield f"{kind} {was.id} «{was.name}»: запись с {was.valid_from:%d.%m.%Y} удаляется."
        elif was is not None and now is not None and was != now:
            yield f"{kind} {now.id} «{now.name}», запись с {now.valid_from:%d.%m.%Y}: {'; '.join(_fields(was, now))}."


def _fields(was: Struct, now: Struct) -> Iterator[str]:
    for field in fields(now):
        had, has = getattr(was, field.name), getattr(now, field.name)
        if had != has and field.name in FIELDS:
            yield f"{FIELDS[field.name]} {_said(had)} → {_said(has)}"


def _attachments(before: Iterable[MfcAttachment], after: Iterable[MfcAttachment]) -> Iterator[str]:
    old, new = ({(each.mfc, each.valid_from): each for each in records} for records in (before, after))
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was is None and now is not None:
            yield f"МФЦ {now.mfc} подключается к федеральному центру с {now.valid_from:%d.%m.%Y}."
        elif now is None and was is not None:
            yield f"МФЦ {was.mfc}: подключение к федеральному центру с {was.valid_from:%d.%m.%Y} отменяется."
        elif was != now and now is not None:
            yield f"МФЦ {now.mfc} подключён к федеральному центру по {_said(now.valid_to)}."


def _said(value: object) -> str:  # noqa: PLR0911 - one line a kind of value
    match value:
        case None | "" | ():
            return "нет"
        case Level():
            return LEVELS[value]
        case CentreContract():
            return f"«{value.contractor}», {FUNCTIONS[value.function]}, с {value.valid_from:%d.%m.%Y} по {_said(value.valid_to)}"
        case StrEnum():
            return value.value
        case date():
            return f"{value:%d.%m.%Y}"
        case bool():
            return "да" if value else "нет"
        case tuple():
            return ", ".join(_said(each) for each in value)
        case Struct():
            return " ".join(_said(each) for each in asdict(value).values() if each not in (None, "", (), False))
        case _:
            return str(value)
