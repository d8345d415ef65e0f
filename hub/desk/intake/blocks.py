"""Blocks, and conversations set aside: lists and actions of supervisors (SE-02)."""

from datetime import datetime
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.conversation import SetAsideCause
from hub.desk.conversations.forms import ConversationOut
from hub.desk.conversations.redaction import Veil
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Text
from hub.desk.http.parts import Clock
from hub.desk.http.tables import csv_response, csv_table
from hub.desk.intake.block_view import BlockOut, BlockView
from hub.intake.block import USUAL_DAYS, Effect, drawn
from hub.intake.set_aside import HeldReview

Words = Annotated[str, Meta(min_length=3, max_length=500)]
BlockId = Annotated[str, Meta(max_length=40)]
Number = Annotated[str, Meta(pattern=r"^[0-9]{1,18}$")]
"""An id in a body: it does not fit into JavaScript's 53 bits."""
Numbers = Annotated[list[Number], Meta(min_length=1, max_length=1000)]
HEADINGS = ("Канал", "Кто", "Что происходит", "Причина", "Внёс", "С", "До", "Снята", "Снял")
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


class AffectedOut(Struct, frozen=True):
    """`known` is false for networks, which are not stored; `more` where the search was cut off."""

    known: bool
    senders: int = 0
    conversations: int = 0
    more: bool = False


class PileOut(Struct, frozen=True):
    """A group of conversations set aside: `first` stands for all `conversations`."""

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
    """Number of conversations that were still set aside."""

    done: int


@endpoint("GET", "/api/blocks", Permission.SIFT)
async def blocks(block_view: BlockView, call: Call) -> list[BlockOut]:
    """Blocks of one's own centre and of the whole hub, including those that ended within the last 30 days, newest first."""
    return await block_view.listed(call.who)


@endpoint("POST", "/api/blocks", Permission.SIFT)
async def add_block(sifting: HeldReview, authorization: Authorization, block_view: BlockView, call: Call, body: BlockIn) -> BlockOut:
    """Block a sender for one's own centre on all channels of the family; an existing block is renewed."""
    family, pattern = body.family, body.pattern
    if body.conversation is not None:
        address = await sifting.sender(call.who, int(body.conversation))
        family, pattern = address.family, address.value
    made = await sifting.intake_filter.blocks.add(call.who.login, family, pattern, body.effect, body.reason, body.days,
                                                      authorization.centre(call.who))
    return block_view.out(call.who, made)


@endpoint("POST", "/api/blocks/affected", Permission.SIFT)
async def affected(clock: Clock, sifting: HeldReview, authorization: Authorization, traits: TraitRegistry, call: Call,
                   body: PatternIn) -> AffectedOut:
    """Preview: citizens that a block would have concerned in the last 30 days. POST, so that numbers are not in URLs."""
    now = clock()
    found = await sifting.affected(drawn(body.family, body.pattern, call.who.login, now, authorization.centre(call.who), traits), now)
    return AffectedOut(known=False) if found is None else AffectedOut(True, found.senders, found.conversations, found.more)


@endpoint("POST", "/api/blocks/{block}/lift", Permission.SIFT)
async def lift_block(sifting: HeldReview, block_view: BlockView, call: Call, block: BlockId) -> BlockOut:
    """Lift a block."""
    return block_view.out(call.who, await sifting.intake_filter.blocks.lift(call.who.login, sifting.own(call.who, block).id))


@endpoint("POST", "/api/blocks/{block}/restore", Permission.SIFT)
async def restore_block(sifting: HeldReview, block_view: BlockView, call: Call, block: BlockId) -> BlockOut:
    """Undo the lifting."""
    return block_view.out(call.who, await sifting.intake_filter.blocks.restore(call.who.login, sifting.own(call.who, block).id))


@endpoint("GET", "/api/blocks.csv", Permission.SIFT)
async def blocks_csv(clock: Clock, block_view: BlockView, call: Call) -> web.Response:
    """The same as CSV."""
    rows = [(one.family, one.pattern, EFFECTS[one.effect], one.reason, one.by_name, block_view.day(one.since), block_view.day(one.until),
             block_view.day(one.lifted), one.lifted_name) for one in await block_view.listed(call.who)]
    return csv_response(f"blocks-{clock():%Y-%m-%d}.csv", csv_table(HEADINGS, rows))


@endpoint("GET", "/api/aside", Permission.SIFT)
async def aside(veil: Veil, sifting: HeldReview, actions: Actions, call: Call) -> list[PileOut]:
    """Conversations set aside at one's own centre, grouped by sender, block, or text."""
    piles = await sifting.piles(call.who)
    if piles:
        await actions.readings.note(call.who.login, "listed", detail="aside")
    firsts = await veil.rows(call.who, [pile.heads[0] for pile in piles])
    return [PileOut(pile.cause, pile.group, pile.since, [str(head.id) for head in pile.heads], first)
            for pile, first in zip(piles, firsts, strict=True)]


@endpoint("POST", "/api/aside/release", Permission.SIFT)
async def release_aside(sifting: HeldReview, call: Call, body: AsideIn) -> DoneOut:
    """Release them to the line of operators."""
    return DoneOut(await sifting.release(call.who, _ids(body.conversations)))


@endpoint("POST", "/api/aside/answer", Permission.SIFT)
async def answer_aside(sifting: HeldReview, call: Call, body: AnswerIn) -> DoneOut:
    """Send the same answer to all of them, and close them."""
    return DoneOut(await sifting.answer(call.who, _ids(body.conversations), body.text))


@endpoint("POST", "/api/aside/dismiss", Permission.SIFT)
async def dismiss_aside(sifting: HeldReview, call: Call, body: DismissIn) -> DoneOut:
    """Close them without an answer, with a note."""
    return DoneOut(await sifting.dismiss(call.who, _ids(body.conversations), body.why.strip()))


def _ids(told: list[str]) -> list[int]:
    return [int(each) for each in told]


ENDPOINTS = (
    blocks, add_block, affected, lift_block, restore_block, blocks_csv, aside, release_aside, answer_aside, dismiss_aside)
