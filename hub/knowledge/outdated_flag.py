"""Reports of outdated information: a field of a card, its value, the evidence, and the result (KB-07, AL-10). Pure.

raise ──► raised ──► sent (by e-mail, or by hand) ──► answered ──► solved (the body's answer is in force, or the value was right)
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from statistics import median
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
"""Fields that can be reported, with their names for people."""


LACKING: Mapping[str, str] = {
    "source": "источник", "controlled_by": "кто контролирует", "appeal_to_itself": "другой орган для жалоб"}


class FlagState(StrEnum):
    RAISED = "raised"
    """The responsible body was not informed yet."""
    SENT = "sent"
    REPLIED = "replied"
    """It has replied, and the reply was not processed yet."""
    ANSWERED = "answered"
    """A draft has its answer, and waits for publication."""
    SOLVED = "solved"


class BodyReply(Struct, frozen=True, omit_defaults=True):
    """A letter in reply to the notice. `by` is its sender, which may differ from the mailbox that was written to."""

    at: datetime
    by: str
    text: str
    conversation: int
    record: int
    files: tuple[str, ...] = ()
    """Names of the attachments; the files are in the conversation."""


class OutdatedReport(Document, frozen=True, omit_defaults=True, tag="flag"):
    """One field of one card. It is a case, which has the term and the steps."""

    case: str
    card: str
    """«service/passport»."""
    title: str
    field: str
    old: str
    """The value as published."""
    by: str
    at: datetime
    authority: str = ""
    """Id of the responsible body; "" for the centre itself."""
    evidence: str = ""
    sent: datetime | None = None
    by_hand: bool = False
    """Sent by other means than e-mail."""
    replies: tuple[BodyReply, ...] = ()
    """The oldest first."""
    answer: str = ""
    draft: int = 0
    """The edition with the answer."""
    solved: datetime | None = None
    told: bool = False
    """The reporter was told about the solution, and has seen it."""

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
        """The key of the notice to the body."""
        return f"outdated-{self.case}"

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("card", self.card, self.at)
        yield IndexEntry("solved" if self.solved else "open", at=self.at)
        if self.solved and not self.told:
            yield IndexEntry("untold", at=self.solved)


class FlagTimes(Struct, frozen=True):
    """How long reports of a period took: to the notice to the body, and to the correction (KB-10). Hours; None where there was none.

    The longest include reports that still wait, until now.
    """

    raised: int
    noticed: int
    corrected: int
    notice_median_h: float | None
    notice_longest_h: float | None
    correction_median_h: float | None
    correction_longest_h: float | None


def times(flags: Iterable[OutdatedReport], now: datetime) -> FlagTimes:
    """What concerns the centre's own texts needs no notice: only its correction is counted."""
    reports = list(flags)
    told = [each for each in reports if each.authority]
    notices = [_hours(each.at, each.sent) for each in told if each.sent]
    corrections = [_hours(each.at, each.solved) for each in reports if each.solved]
    return FlagTimes(len(reports), len(notices), len(corrections), median(notices) if notices else None,
                     max((_hours(each.at, each.sent or now) for each in told), default=None),
                     median(corrections) if corrections else None,
                     max((_hours(each.at, each.solved or now) for each in reports), default=None))


def _hours(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds() / 3600


def old_words(card: Card, field: str) -> str:
    """The value of a card's field. Raises RefusedError for an unknown field."""
    if field not in FIELDS or field not in card.__struct_fields__:
        raise RefusedError("no_such_field", "Такого поля в карточке нет.")
    said = [words for path, words in words_of(card).items() if path == field or path.startswith(f"{field}.")]
    return "\n".join(said)


def field_words(key: str) -> str:
    """The name of a field or of a missing field."""
    return FIELDS.get(key) or LACKING.get(key, key)


def told(flag: OutdatedReport) -> str:
    """The notice to the body: field, old value, evidence."""
    evidence = f"\nОснование: {flag.evidence}" if flag.evidence else ""
    return (f"Сведения, которые мы сообщаем гражданам, могли устареть.\n{flag.title}. {FIELDS[flag.field].capitalize()}.\n"
            f"Сейчас указано: {flag.old or '—'}{evidence}\n"
            f"Пожалуйста, ответьте на это письмо: сообщите верное значение или подтвердите прежнее. Наш номер: {flag.case}.")


def answering(card: Card) -> str:
    """Id of the body responsible for a card; "" for the centre's own text."""
    match card:
        case Article():
            return ""
        case PublicService():
            return card.authority
        case _:
            return getattr(card, "authority", card.id)


def with_value(card: Card, field: str, value: Any) -> Card:  # noqa: ANN401 - of whatever type the field has
    """The card with another JSON value in a field. Raises RefusedError for an invalid value."""
    try:
        changed: Card = msgspec.convert(msgspec.to_builtins(card) | {field: value}, type(card))
    except msgspec.ValidationError as error:
        raise RefusedError("bad_request", f"{FIELDS.get(field, field)}: {explain_validation_error(error)}") from None
    return changed


def solves(edition: Edition, flag: OutdatedReport) -> bool:
    """Whether the valid edition has the answer."""
    return edition.name == flag.card and 0 < flag.draft <= edition.version


def doubted(flags: Iterable[OutdatedReport]) -> dict[str, list[str]]:
    """Reported fields by card."""
    found: dict[str, list[str]] = {}
    for flag in flags:
        found.setdefault(flag.card, []).append(flag.field)
    return found
