"""What a file or a register would change of what is known, record by record and field by field, before anybody accepts it (KB-03). Pure."""

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from hub.knowledge.catalogue.columns import KINDS, Brought, Recorded, checksum, record_of
from hub.knowledge.edition import CARD_KINDS, Card, name_of
from hub.knowledge.edition_diff import FieldChange, diff, words_of
from hub.knowledge.handbook import KnowledgeSnapshot

OF_THE_IMPORT = frozenset(("origin.imported", "origin.checksum"))
"""Fields that tell of the import itself."""


class Difference(Struct, frozen=True):
    """A record that would become another one, or be new."""

    after: Recorded
    before: Recorded | None
    changes: tuple[FieldChange, ...]
    lacking: tuple[str, ...]
    """What it would lack before it may be public, as hub/knowledge/completeness.py calls it."""

    @property
    def name(self) -> str:
        return _name(self.after)


class Diff(Struct, frozen=True):
    differences: tuple[Difference, ...] = ()
    same: int = 0
    """Records that say what they said at their last import, or what is known anyway."""
    missing: tuple[Recorded, ...] = ()
    """Records that were imported once and are not in the whole of it any more. They stay: one is withdrawn on its own card."""


def difference(brought: Iterable[Brought], known: Mapping[str, Card], today: date, source: str = "", *, whole: bool = False) -> Diff:
    """Between what is brought and what is known, by names of cards.

    `source` is where a record is from that does not say so; with `whole` the file holds all that there is of its kinds.
    Raises CatalogueError that names the record and the field.
    """
    merged = [(before, _merged(each, before, today, source)) for each in brought for before in (_known(each, known),)]
    changed = [(before, after) for before, after in merged if after is not before]
    new, there = {_name(after): after for _, after in changed}, {_name(after) for _, after in merged}
    then = KnowledgeSnapshot([*(card for name, card in known.items() if name not in new), *new.values()])
    kinds = {type(after) for _, after in merged}
    missing = (card for name, card in known.items() if whole and type(card) in kinds and name not in there)
    return Diff(
        tuple(Difference(after, before, _changes(before, after), tuple(then.lacking(after))) for before, after in changed),
        len(merged) - len(changed), tuple(card for card in missing if isinstance(card, Recorded) and card.origin.checksum))


def _known(brought: Brought, known: Mapping[str, Card]) -> Recorded | None:
    found = known.get(name_of(CARD_KINDS[KINDS[brought.kind]], str(brought.entry.get("id"))))
    return found if isinstance(found, Recorded) else None


def _merged(brought: Brought, before: Recorded | None, today: date, source: str) -> Recorded:
    """The record as it would be; the very one of before where nothing would be another."""
    sum_ = checksum(brought.entry)
    if before and before.origin.checksum == sum_:
        return before
    after = record_of(brought, before)
    if before and after == replace(before, origin=replace(before.origin, imported=None, checksum="")):
        return before
    demonstration = after.origin.demonstration and "origin.demonstration" in brought.entry  # what a register says is no demonstration
    return replace(after, origin=replace(
        after.origin, source=after.origin.source or source, imported=today, checksum=sum_, demonstration=demonstration))


def _changes(before: Recorded | None, after: Recorded) -> tuple[FieldChange, ...]:
    found = diff(before, after) if before else [FieldChange(path, "", words) for path, words in words_of(after).items()]
    return tuple(each for each in found if each.field not in OF_THE_IMPORT)


def _name(card: Recorded) -> str:
    return name_of(CARD_KINDS[type(card)], card.id)
