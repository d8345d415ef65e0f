"""What is told to be out of date: a field of a card, what it said, why it is doubted, and what became of it (KB-07, AL-10). Pure.

raise ──► raised ──► sent (by e-mail, or by hand) ──► answered ──► solved (what the body said is in force, or it was right all along)
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.kernel.indexes import IndexEntry
from hub.kernel.validation_messages import explain_validation_error
from hub.knowledge.article import Article
from hub.knowledge.edition import Card, Edition
from hub.knowledge.edition_diff import words_of
from hub.knowledge.public_services import PublicService

FIELDS: Mapping[str, str] = {
    "title": "название", "name": "полное название", "about": "описание", "order": "порядок", "term": "срок", "documents": "документы",
    "fee": "стоимость", "refusals": "основания отказа", "appeal": "обжалование", "responsible": "кто отвечает", "result": "результат",
    "ways": "как подать", "authority": "орган", "superior": "вышестоящий орган", "official": "должностное лицо", "contacts": "контакты",
    "address": "адрес", "hours": "часы приёма", "phones": "телефоны", "services": "услуги", "accessible": "доступность", "text": "текст"}
"""What may be told to be out of date, and how people call it."""


LACKING: Mapping[str, str] = {
    "source": "источник", "controlled_by": "кто контролирует", "appeal_to_itself": "другой орган для жалоб"}


class FlagState(StrEnum):
    RAISED = "raised"
    """Nobody has told the body that answers for it."""
    SENT = "sent"
    REPLIED = "replied"
    """It has written back, and nobody has taken its word over yet."""
    ANSWERED = "answered"
    """A draft has what it answered, and waits to be published."""
    SOLVED = "solved"


class BodyReply(Struct, frozen=True, omit_defaults=True):
    """A letter that answers the notice. `by` is the mailbox that it came from, which need not be the one that was written to."""

    at: datetime
    by: str
    text: str
    conversation: int
    record: int
    files: tuple[str, ...] = ()
    """Names of what was attached; the files lie in the conversation."""


class OutdatedReport(Document, frozen=True, omit_defaults=True, tag="flag"):
    """One field of one card. It is a case of its own, which has the term and the steps."""

    case: str
    card: str
    """«service/passport»."""
    title: str
    field: str
    old: str
    """As everybody was told it."""
    by: str
    at: datetime
    authority: str = ""
    """Id of the body that answers for it; "" where the centre does itself."""
    evidence: str = ""
    sent: datetime | None = None
    by_hand: bool = False
    """It was sent otherwise than by e-mail."""
    replies: tuple[BodyReply, ...] = ()
    """The oldest first."""
    answer: str = ""
    draft: int = 0
    """The edition that has what was answered."""
    solved: datetime | None = None
    told: bool = False
    """Whoever has flagged it was told that it is solved, and has seen it."""

    @property
    def state(self) -> FlagState:
        if self.solved:
            return FlagState.SOLVED
        if self.draft:
            return FlagState.ANSWERED
        if self.replies:
            return FlagState.REPLIED
        return FlagState.SENT if self.sent else FlagState.RAISED

    @property
    def notice(self) -> str:
        """The key of the notice that tells the body."""
        return f"outdated-{self.case}"

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("card", self.card, self.at)
        yield IndexEntry("solved" if self.solved else "open", at=self.at)
        if self.solved and not self.told:
            yield IndexEntry("untold", at=self.solved)


def old_words(card: Card, field: str) -> str:
    """What a card says in a field. Raises RefusedError for a field that it has not."""
    if field not in FIELDS or field not in card.__struct_fields__:
        raise RefusedError("no_such_field", "Такого поля в карточке нет.")
    said = [words for path, words in words_of(card).items() if path == field or path.startswith(f"{field}.")]
    return "\n".join(said)


def field_words(key: str) -> str:
    """How people call a field, or what is lacking."""
    return FIELDS.get(key) or LACKING.get(key, key)


def told(flag: OutdatedReport) -> str:
    """The notice as the body gets it: field, old value, evidence."""
    evidence = f"\nОснование: {flag.evidence}" if flag.evidence else ""
    return (f"Сведения, которые мы сообщаем гражданам, могли устареть.\n{flag.title}. {FIELDS[flag.field].capitalize()}.\n"
            f"Сейчас указано: {flag.old or '—'}{evidence}\n"
            f"Пожалуйста, ответьте на это письмо: сообщите верное значение или подтвердите прежнее. Наш номер: {flag.case}.")


def answering(card: Card) -> str:
    """Id of the body that answers for what a card says; "" is the centre's own word."""
    match card:
        case Article():
            return ""
        case PublicService():
            return card.authority
        case _:
            return getattr(card, "authority", card.id)


def with_value(card: Card, field: str, value: Any) -> Card:  # noqa: ANN401 - of whatever type the field has
    """The card with another value in a field, as JSON has it. Raises RefusedError for what cannot stand there."""
    try:
        changed: Card = msgspec.convert(msgspec.to_builtins(card) | {field: value}, type(card))
    except msgspec.ValidationError as error:
        raise RefusedError("bad_request", f"{FIELDS.get(field, field)}: {explain_validation_error(error)}") from None
    return changed


def solves(edition: Edition, flag: OutdatedReport) -> bool:
    """Whether what holds has what was answered."""
    return edition.name == flag.card and 0 < flag.draft <= edition.version


def doubted(flags: Iterable[OutdatedReport]) -> dict[str, list[str]]:
    """Fields that are told to be out of date, by card."""
    found: dict[str, list[str]] = {}
    for flag in flags:
        found.setdefault(flag.card, []).append(flag.field)
    return found
