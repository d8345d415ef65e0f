"""Reports of outdated information in the desk's form."""

from datetime import datetime

from msgspec import Struct

from hub.cases.outdated_notices import OutdatedInfoReports
from hub.dispatch.dispatcher import Dispatch
from hub.knowledge.edition import CardKind
from hub.knowledge.editorial import Editorial
from hub.knowledge.outdated_flag import FlagState, OutdatedReport
from hub.notifications.notice import NoticeState


class BodyReplyOut(Struct, frozen=True):
    """A letter from the mailbox `by`, with the names of its `files`, which are in the `conversation`."""

    at: datetime
    by: str
    text: str
    files: list[str]
    conversation: str


class FlagOut(Struct, frozen=True):
    """`draft` is the edition with the body's answer, 0 for none; `letter` the delivery status of the notice, with `why`."""

    case: str
    sort: CardKind
    card: str
    title: str
    field: str
    old: str
    evidence: str
    by_name: str
    at: datetime
    authority: str
    authority_name: str
    email: str
    state: FlagState
    sent: datetime | None
    letter: NoticeState | None
    why: str
    replies: list[BodyReplyOut]
    answer: str
    draft: int


async def flag_out(dispatch: Dispatch, flagging: OutdatedInfoReports, editorial: Editorial, flag: OutdatedReport) -> FlagOut:
    sort, _, card = flag.card.partition("/")
    body, letter = editorial.handbook().authorities.get(flag.authority), await flagging.letter(flag)
    replies = [BodyReplyOut(each.at, each.by, each.text, list(each.files), str(each.conversation)) for each in flag.replies]
    return FlagOut(flag.case, CardKind(sort), card, flag.title, flag.field, flag.old, flag.evidence, dispatch.name(flag.by), flag.at,
                   flag.authority, body.name if body else "", body.contacts.email if body else "", flag.state, flag.sent, *letter, replies,
                   flag.answer, flag.draft)
