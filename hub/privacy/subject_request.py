"""Subject requests about own data (152-ФЗ ст. 14, 20, 21): a copy, a correction, deletion, the list of reads. Pure.

OPEN ─┬─ prepare ──► READY ── hand over ──► DONE       a copy, the list of reads
      ├─ correct ─────────────────────────► DONE       and undo, for 30 days
      ├─ propose ──► PROPOSED ── approve ──► ERASING ──► DONE   deletion, by two persons
      └─ refuse, with a ground of the law ► REFUSED
"""

from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.message import Attachment
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.organisation.legal_terms import LegalTerm, Works, end_of_term, midnight_after


class RequestKind(StrEnum):
    COPY = "copy"
    CORRECTION = "correction"
    DELETION = "deletion"
    DISCLOSURES = "disclosures"
    """Who has read the data, when and on what ground."""


class RequestState(StrEnum):
    OPEN = "open"
    READY = "ready"
    """The result is ready to be handed over."""
    PROPOSED = "proposed"
    """One person proposes the deletion; another approves."""
    ERASING = "erasing"
    """Approved and under way."""
    DONE = "done"
    REFUSED = "refused"


class Refusing(StrEnum):
    """Ground of a refusal (152-ФЗ ст. 14 ч. 8, ст. 20 ч. 2: in writing, with the clause)."""

    LAW = "law"
    """A law obliges the centre to keep the data: archives, a dispute, an investigation (ст. 6 ч. 1 п. 2, ст. 21)."""
    NOT_PROVEN = "not_proven"
    """The identity was not proved (ст. 14 ч. 3)."""
    OTHERS = "others"
    """It would infringe the rights of others (ст. 14 ч. 8 п. 5)."""
    CORRECT = "correct"
    """The data is correct, and was lawfully obtained (ст. 21 ч. 1–3)."""
    ELSEWHERE = "elsewhere"
    """Another body has the data, and is named."""


WORDS = {
    Refusing.LAW: "хранить эти сведения обязывает закон (152-ФЗ, ст. 6 ч. 1 п. 2)",
    Refusing.NOT_PROVEN: "не подтверждено, что сведения ваши (152-ФЗ, ст. 14 ч. 3)",
    Refusing.OTHERS: "это нарушило бы права других людей (152-ФЗ, ст. 14 ч. 8)",
    Refusing.CORRECT: "сведения верны и получены законно (152-ФЗ, ст. 21)",
    Refusing.ELSEWHERE: "эти сведения хранит другой орган",
}
APPEAL = "Отказ можно обжаловать в Роскомнадзор или в суд (152-ФЗ, ст. 17)."
NAMES = {RequestKind.COPY: "копия данных", RequestKind.CORRECTION: "исправление данных", RequestKind.DELETION: "удаление данных",
         RequestKind.DISCLOSURES: "кто видел данные"}

TERMS = {RequestKind.COPY: 10, RequestKind.DISCLOSURES: 10, RequestKind.CORRECTION: 7, RequestKind.DELETION: 7}
"""Working days: ст. 14 ч. 3 and ст. 20 ч. 1 for an answer; ст. 20 ч. 3 for wrong or needless data."""
STOPPING = 10
"""The same for ending processing after a withdrawn consent (ст. 21 ч. 5.1)."""
UNDO = timedelta(days=30)
"""How long a correction can be undone; then the former values are deleted."""
KEPT = timedelta(days=3 * 365)
"""Retention of an answered request: the answer may be disputed (ГК РФ ст. 196)."""


class Field(StrEnum):
    """Correctable fields."""

    NAME = "name"
    PERSON = "person"
    LANGUAGE = "language"
    PLACE = "place"
    EMAIL = "email"
    PHONE = "phone"


class Fix(Struct, frozen=True, omit_defaults=True):
    """One correction. `was` is deleted when undo is not possible any more."""

    field: Field
    now: str
    was: str = ""


class SubjectRequest(Document, frozen=True, omit_defaults=True, tag="demand"):
    """A citizen's request about their own data. The key is its id; `by` are logins, "" is the citizen.

    `start` is the citizen's proved address, in the form of identities.plain; "" without one.
    """

    key: str
    conversation: int
    kind: RequestKind
    taken: datetime
    due: datetime
    by: str = ""
    text: str = ""
    state: RequestState = RequestState.OPEN
    start: str = ""
    proposed_by: str = ""
    ended: datetime | None = None
    ended_by: str = ""
    refusing: Refusing | None = None
    words: str = ""
    """The final text for the citizen."""
    file: Attachment | None = None
    fixes: tuple[Fix, ...] = ()
    going: tuple[int, ...] = ()
    """The conversations to erase."""

    @property
    def over(self) -> bool:
        return self.state in {RequestState.DONE, RequestState.REFUSED}

    def undoable(self, now: datetime) -> bool:
        """Whether its corrections can be undone."""
        return self.state is RequestState.DONE and bool(self.fixes) and self.ended is not None and now - self.ended <= UNDO


def due(taken: datetime, days: int, zone: ZoneInfo, works: Works) -> datetime:
    """The end of the last of some working days, counted from the day after (ГК РФ ст. 191, 194)."""
    last = end_of_term(taken.astimezone(zone).date(), LegalTerm(working_days=days), works)
    return midnight_after(last, zone).astimezone(taken.tzinfo)


def still(demand: SubjectRequest, *states: RequestState) -> None:
    """Raises RefusedError unless the request is in one of these states."""
    if demand.state not in states:
        raise RefusedError("demand_over", "С этим запросом уже сделано другое: посмотрите его ещё раз.")


def of_kind(demand: SubjectRequest, *kinds: RequestKind) -> None:
    if demand.kind not in kinds:
        raise RefusedError("other_kind", "Гражданин просил о другом.")


def refuse(demand: SubjectRequest, refusing: Refusing, words: str, by: str, now: datetime) -> SubjectRequest:
    still(demand, RequestState.OPEN, RequestState.READY, RequestState.PROPOSED)
    told = f"Запрос «{NAMES[demand.kind]}» не выполнен: {WORDS[refusing]}. {words} {APPEAL}".replace("  ", " ")
    return replace(demand, state=RequestState.REFUSED, refusing=refusing, words=told, ended=now, ended_by=by, proposed_by="", file=None)


def ready(demand: SubjectRequest, file: Attachment, start: str) -> SubjectRequest:
    still(demand, RequestState.OPEN, RequestState.READY)
    return replace(demand, state=RequestState.READY, file=file, start=start)


def done(demand: SubjectRequest, words: str, by: str, now: datetime) -> SubjectRequest:
    return replace(demand, state=RequestState.DONE, words=words, ended=now, ended_by=by)


def propose(demand: SubjectRequest, start: str, by: str) -> SubjectRequest:
    of_kind(demand, RequestKind.DELETION)
    still(demand, RequestState.OPEN)
    return replace(demand, state=RequestState.PROPOSED, proposed_by=by, start=start)


def second(demand: SubjectRequest, by: str) -> None:
    """Raises RefusedError for the person who proposed it."""
    of_kind(demand, RequestKind.DELETION)
    still(demand, RequestState.PROPOSED)
    if demand.proposed_by == by:
        raise RefusedError("own_proposal", "Удаление утверждает не тот, кто его предложил.")


def undone(demand: SubjectRequest, now: datetime) -> SubjectRequest:
    """Open again, without its corrections. Raises RefusedError when it is too late."""
    of_kind(demand, RequestKind.CORRECTION)
    if not demand.undoable(now):
        raise RefusedError("too_late", "Отменить исправление можно в течение 30 дней.")
    return replace(demand, state=RequestState.OPEN, fixes=(), words="", ended=None, ended_by="")


def forgotten(demand: SubjectRequest, now: datetime) -> SubjectRequest | None:
    """The rest at a moment: without former values once undo is impossible; in the end nothing."""
    if demand.ended is None:
        return demand
    if now - demand.ended > KEPT:
        return None
    if now - demand.ended <= UNDO:
        return demand
    return replace(demand, fixes=tuple(replace(each, was="") for each in demand.fixes))
