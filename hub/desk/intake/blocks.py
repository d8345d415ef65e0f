"""Who is blocked, and what lies aside: lists of those who lead, and what they do with them (SE-02)."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.conversations.address import masked
from hub.conversations.conversation import SetAsideCause
from hub.desk.desk import Desk
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.wire import ConversationOut, Text
from hub.desk.reporting.days import csv_response
from hub.desk.reporting.sums import csv_table
from hub.intake.block import USUAL_DAYS, Block, Effect, drawn, holds

Words = Annotated[str, Meta(min_length=3, max_length=500)]
BlockId = Annotated[str, Meta(max_length=40)]
Number = Annotated[str, Meta(pattern=r"^[0-9]{1,18}$")]
"""An id in a body: it does not fit into JavaScript's 53 bits."""
Numbers = Annotated[list[Number], Meta(min_length=1, max_length=1000)]
HEADINGS = ("Канал", "Кто", "Что происходит", "Причина", "Внёс", "С", "До", "Снята", "Снял")
HIDDEN = "•••"
EFFECTS = {Effect.REFUSE: "не принимать", Effect.SET_ASIDE: "откладывать"}


class BlockIn(Struct, frozen=True):
    """Either a `family` with its `pattern`, or the sender of a `conversation`."""

    reason: Words
    family: Annotated[str, Meta(max_length=20)] = ""
    pattern: Annotated[str, Meta(max_length=254)] = ""
    conversation: Number | None = None
    effect: Effect = Effect.REFUSE
    days: Annotated[int, Meta(ge=1, le=366)] = USUAL_DAYS


class PatternIn(Struct, frozen=True):
    family: Annotated[str, Meta(max_length=20)]
    pattern: Annotated[str, Meta(max_length=254)]


class BlockOut(Struct, frozen=True):
    """`holds` is of this moment: look again at `until`.

    `centre` is whose citizens it is about, "" all of the hub: then it is another centre's to look at where it is not `own`, without whom
    and why. `pattern` is masked at the federal centre, too.
    """

    id: str
    family: str
    pattern: str
    effect: Effect
    reason: str
    by: str
    by_name: str
    since: datetime
    until: datetime
    lifted: datetime | None
    lifted_name: str
    holds: bool
    centre: str
    own: bool


class AffectedOut(Struct, frozen=True):
    """`known` is false for networks, of which nothing is kept; `more` where there was too much to look through."""

    known: bool
    senders: int = 0
    conversations: int = 0
    more: bool = False


class PileOut(Struct, frozen=True):
    """What lies aside together: `first` stands for all `conversations`."""

    cause: SetAsideCause
    group: str
    since: datetime
    conversations: list[str]
    first: ConversationOut


class AsideIn(Struct, frozen=True):
    conversations: Numbers


class AnswerIn(Struct, frozen=True):
    conversations: Numbers
    text: Text


class DismissIn(Struct, frozen=True):
    conversations: Numbers
    why: Words


class DoneOut(Struct, frozen=True):
    """How many there were to do it with: the others lay aside no more."""

    done: int


def block_out(desk: Desk, who: Operator, known: Block) -> BlockOut:
    own, name = desk.authorization.keeps(who, known.centre), desk.dispatch.name
    shown = HIDDEN if not own else masked(known.pattern) if desk.authorization.federal(who) else known.pattern
    return BlockOut(known.id, known.family, shown, known.effect, known.reason if own else "", known.by, name(known.by), known.since,
                    known.until, known.lifted, name(known.lifted_by), holds(known, desk.now()), known.centre, own)


@endpoint("GET", "/api/blocks", Permission.SIFT)
async def blocks(desk: Desk, call: Call) -> list[BlockOut]:
    """Those of one's own centre and of the whole hub, also those that were over within the last 30 days, newest first."""
    return await _listed(desk, call.who)


@endpoint("POST", "/api/blocks", Permission.SIFT)
async def add_block(desk: Desk, call: Call, body: BlockIn) -> BlockOut:
    """Block citizens of one's own centre from now on, on all channels of the family; whoever is blocked already is blocked anew."""
    family, pattern = body.family, body.pattern
    if body.conversation is not None:
        address = await desk.sifting.sender(call.who, int(body.conversation))
        family, pattern = address.family, address.value
    made = await desk.sifting.intake_filter.blocks.add(call.who.login, family, pattern, body.effect, body.reason, body.days,
                                                      desk.authorization.centre(call.who))
    return block_out(desk, call.who, made)


@endpoint("POST", "/api/blocks/affected", Permission.SIFT)
async def affected(desk: Desk, call: Call, body: PatternIn) -> AffectedOut:
    """Whom a block would have concerned in the last 30 days; nothing is changed. By POST: numbers do not belong into addresses of pages."""
    now = desk.now()
    found = await desk.sifting.affected(drawn(body.family, body.pattern, call.who.login, now, desk.authorization.centre(call.who),
                                              desk.sequencer.traits), now)
    return AffectedOut(known=False) if found is None else AffectedOut(True, found.senders, found.conversations, found.more)


@endpoint("POST", "/api/blocks/{block}/lift", Permission.SIFT)
async def lift_block(desk: Desk, call: Call, block: BlockId) -> BlockOut:
    """It holds nobody from now on."""
    return block_out(desk, call.who, await desk.sifting.intake_filter.blocks.lift(call.who.login, desk.sifting.own(call.who, block).id))


@endpoint("POST", "/api/blocks/{block}/restore", Permission.SIFT)
async def restore_block(desk: Desk, call: Call, block: BlockId) -> BlockOut:
    """Take its lifting back."""
    return block_out(desk, call.who, await desk.sifting.intake_filter.blocks.restore(call.who.login, desk.sifting.own(call.who, block).id))


@endpoint("GET", "/api/blocks.csv", Permission.SIFT)
async def blocks_csv(desk: Desk, call: Call) -> web.Response:
    """The same for a spreadsheet."""
    rows = [(one.family, one.pattern, EFFECTS[one.effect], one.reason, one.by_name, _day(desk, one.since), _day(desk, one.until),
             _day(desk, one.lifted), one.lifted_name) for one in await _listed(desk, call.who)]
    return csv_response(f"blocks-{desk.now():%Y-%m-%d}.csv", csv_table(HEADINGS, rows))


@endpoint("GET", "/api/aside", Permission.SIFT)
async def aside(desk: Desk, call: Call) -> list[PileOut]:
    """What lies aside at one's own centre, in piles: of one sender, one block, or one text."""
    piles = await desk.sifting.piles(call.who)
    if piles:
        await desk.actions.readings.note(call.who.login, "listed", detail="aside")
    firsts = await desk.rows([pile.heads[0] for pile in piles], call.who)
    return [PileOut(pile.cause, pile.group, pile.since, [str(head.id) for head in pile.heads], first)
            for pile, first in zip(piles, firsts, strict=True)]


@endpoint("POST", "/api/aside/release", Permission.SIFT)
async def release_aside(desk: Desk, call: Call, body: AsideIn) -> DoneOut:
    """Give them on to the line where people are."""
    return DoneOut(await desk.sifting.release(call.who, _ids(body.conversations)))


@endpoint("POST", "/api/aside/answer", Permission.SIFT)
async def answer_aside(desk: Desk, call: Call, body: AnswerIn) -> DoneOut:
    """Say the same to all of them, and close them."""
    return DoneOut(await desk.sifting.answer(call.who, _ids(body.conversations), body.text))


@endpoint("POST", "/api/aside/dismiss", Permission.SIFT)
async def dismiss_aside(desk: Desk, call: Call, body: DismissIn) -> DoneOut:
    """Close them without an answer, with a note why."""
    return DoneOut(await desk.sifting.dismiss(call.who, _ids(body.conversations), body.why.strip()))


def _ids(told: list[str]) -> list[int]:
    return [int(each) for each in told]


async def _listed(desk: Desk, who: Operator) -> list[BlockOut]:
    await desk.actions.readings.note(who.login, "blocks")
    return [block_out(desk, who, each) for each in desk.sifting.intake_filter.blocks.all() if desk.authorization.sees(who, each.centre)]


def _day(desk: Desk, at: datetime | None) -> str:
    return f"{at.astimezone(ZoneInfo(desk.centre.timezone)):%d.%m.%Y %H:%M}" if at else ""


ENDPOINTS = (
    blocks, add_block, affected, lift_block, restore_block, blocks_csv, aside, release_aside, answer_aside, dismiss_aside)
