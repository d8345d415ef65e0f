"""Preview of an import: the changes of a file or a register by record and field (KB-03). Pure."""

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from hub.knowledge.catalogue.columns import KINDS, Brought, Recorded, checksum, record_of
from hub.knowledge.edition import CARD_KINDS, Card, name_of
from hub.knowledge.edition_diff import FieldChange, diff, words_of
from hub.knowledge.handbook import KnowledgeSnapshot

OF_THE_IMPORT = frozenset(("origin.imported", "origin.checksum"))
"""Fields about the import itself."""


class Difference(Struct, frozen=True):
    """A new or changed record."""

    after: Recorded
    before: Recorded | None
    changes: tuple[FieldChange, ...]
    lacking: tuple[str, ...]
    """Missing fields before publication, as in hub/knowledge/completeness.py."""

    @property
    def name(self) -> str:
        return _name(self.after)


class Diff(Struct, frozen=True):
    differences: tuple[Difference, ...] = ()
    same: int = 0
    """Records unchanged since their last import, or equal to the known ones."""
    missing: tuple[Recorded, ...] = ()
    """Imported records that the complete file no longer contains. They stay: a record is withdrawn on its own card."""


def difference(brought: Iterable[Brought], known: Mapping[str, Card], today: date, source: str = "", *, whole: bool = False) -> Diff:
    """Compare the file with the known records, by names of cards.

    `source` is the origin of records that do not name one; with `whole` the file contains all records of its kinds. Raises
    CatalogueError that names the record and the field.
    """
    merged = [(before, _merged(each, before, today, source)) for each in brought for before in (_known(each, known),)]
    changed = [(before, after) for before, after in merged if after is not before]
    new, there = {_name(after): after for _, after in changed}, {_name(after) for _, after in merged}
    then = KnowledgeSnapshot([*(card for name, card in known.items() if name not in new), *new.values()])
    kinds = {type(after) for _, after in merged}
    missing = (card for name, card in known.items() if whole and isinstance(card, Recorded) and type(card) in kinds and name not in there)
    return Diff(
        tuple(Difference(after, before, _changes(before, after), tuple(then.lacking(after))) for before, after in changed),
        len(merged) - len(changed), tuple(card for card in missing if card.origin.checksum and not card.origin.centre))


def _known(brought: Brought, known: Mapping[str, Card]) -> Recorded | None:
    found = known.get(name_of(CARD_KINDS[KINDS[brought.kind]], str(brought.entry.get("id"))))
    return found if isinstance(found, Recorded) else None


def _merged(brought: Brought, before: Recorded | None, today: date, source: str) -> Recorded:
    """The merged record; the same object where nothing changes."""
    sum_ = checksum(brought.entry)
    if before and before.origin.checksum == sum_:
        return before
    after = record_of(brought, before)
    if before and after == replace(before, origin=replace(before.origin, imported=None, checksum="")):
        return before
    demonstration = after.origin.demonstration and "origin.demonstration" in brought.entry  # a register's record is no example
    return replace(after, origin=replace(
        after.origin, source=after.origin.source or source, imported=today, checksum=sum_, demonstration=demonstration))


def _changes(before: Recorded | None, after: Recorded) -> tuple[FieldChange, ...]:
    found = diff(before, after) if before else [FieldChange(path, "", words) for path, words in words_of(after).items()]
    return tuple(each for each in found if each.field not in OF_THE_IMPORT)


def _name(card: Recorded) -> str:
    return name_of(CARD_KINDS[type(card)], card.id)
