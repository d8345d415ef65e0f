"""What a citizen may demand of his own data (152-ФЗ ст. 14, 20, 21): a copy, a correction, deletion, and who has seen them. Pure.

OPEN ─┬─ prepare ──► READY ── hand over ──► DONE       a copy, the list of who has looked
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
    """Who has seen his data, when and on what ground."""


class RequestState(StrEnum):
    OPEN = "open"
    READY = "ready"
    """What was asked for lies there, to be handed over."""
    PROPOSED = "proposed"
    """One person would delete; another decides."""
    ERASING = "erasing"
    """It is decided, and goes."""
    DONE = "done"
    REFUSED = "refused"


class Refusing(StrEnum):
    """Why a demand is refused (152-ФЗ ст. 14 ч. 8, ст. 20 ч. 2: in writing, with the clause)."""

    LAW = "law"
    """A law obliges the centre to keep it: archives, a dispute, an investigation (ст. 6 ч. 1 п. 2, ст. 21)."""
    NOT_PROVEN = "not_proven"
    """He has not shown who he is (ст. 14 ч. 3)."""
    OTHERS = "others"
    """It would touch rights of others (ст. 14 ч. 8 п. 5)."""
    CORRECT = "correct"
    """What is kept is right, and was lawfully come by (ст. 21 ч. 1–3)."""
    ELSEWHERE = "elsewhere"
    """Another body keeps it; he is told which."""


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
"""Working days: ст. 14 ч. 3 and ст. 20 ч. 1 for an answer; ст. 20 ч. 3 for what is wrong, or kept without need."""
STOPPING = 10
"""The same, for ending what was done on a consent that was withdrawn (ст. 21 ч. 5.1)."""
UNDO = timedelta(days=30)
"""So long a correction can be taken back; then what stood there before is gone."""
KEPT = timedelta(days=3 * 365)
"""So long a demand that is over is kept: the answer may be called into question (ГК РФ ст. 196)."""


class Field(StrEnum):
    """What can be corrected."""

    NAME = "name"
    PERSON = "person"
    LANGUAGE = "language"
    PLACE = "place"
    EMAIL = "email"
    PHONE = "phone"


class Fix(Struct, frozen=True, omit_defaults=True):
    """One thing that was corrected. `was` is forgotten when it can no longer be taken back."""

    field: Field
    now: str
    was: str = ""


class SubjectRequest(Document, frozen=True, omit_defaults=True, tag="demand"):
    """One demand of somebody about his own data. The key is its id; `by` are logins, "" is the citizen himself.

    `start` is the address that was proved to be his, in the form of identities.plain; "" as long as none is.
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
    """What was told to him at the end."""
    file: Attachment | None = None
    fixes: tuple[Fix, ...] = ()
    going: tuple[int, ...] = ()
    """The conversations that are erased."""

    @property
    def over(self) -> bool:
        return self.state in {RequestState.DONE, RequestState.REFUSED}

    def undoable(self, now: datetime) -> bool:
        """Whether its corrections can still be taken back."""
        return self.state is RequestState.DONE and bool(self.fixes) and self.ended is not None and now - self.ended <= UNDO


def due(taken: datetime, days: int, zone: ZoneInfo, works: Works) -> datetime:
    """The end of the last of so many working days, the first of which is the one after (ГК РФ ст. 191, 194)."""
    last = end_of_term(taken.astimezone(zone).date(), LegalTerm(working_days=days), works)
    return midnight_after(last, zone).astimezone(taken.tzinfo)


def still(demand: SubjectRequest, *states: RequestState) -> None:
    """Raises RefusedError unless a demand is in one of these states."""
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
    """Raises RefusedError unless somebody else than who proposed it decides."""
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
    """What is left of it at a moment: without what stood there before, once that cannot come back; in the end nothing."""
    if demand.ended is None:
        return demand
    if now - demand.ended > KEPT:
        return None
    if now - demand.ended <= UNDO:
        return demand
    return replace(demand, fixes=tuple(replace(each, was="") for each in demand.fixes))
