"""Blocks in the desk's form."""

from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.actions.conversation_actions import Actions
from hub.conversations.address import masked
from hub.desk.http.parts import Clock
from hub.desk.organisation.centre import Centre
from hub.dispatch.dispatcher import Dispatch
from hub.intake.block import Block, Effect, holds
from hub.intake.set_aside import HeldReview

HIDDEN = "•••"


class BlockOut(Struct, frozen=True):
    """`holds` is current: reload at `until`.

    `centre` is the one concerned, "" for the whole hub: without `own` it belongs to another centre, and pattern and reason are
    hidden. `pattern` is masked at the federal centre, too.
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


class BlockView:
    def __init__(self, dispatch: Dispatch, authorization: Authorization, clock: Clock, actions: Actions, sifting: HeldReview,
                 centre: Centre) -> None:
        self._dispatch, self._authorization, self._clock, self._actions, self._sifting = dispatch, authorization, clock, actions, sifting
        self._centre = centre

    def out(self, who: Operator, known: Block) -> BlockOut:
        own, name = self._authorization.keeps(who, known.centre), self._dispatch.name
        shown = HIDDEN if not own else masked(known.pattern) if self._authorization.federal(who) else known.pattern
        return BlockOut(known.id, known.family, shown, known.effect, known.reason if own else "", known.by, name(known.by), known.since,
                        known.until, known.lifted, name(known.lifted_by), holds(known, self._clock()), known.centre, own)

    async def listed(self, who: Operator) -> list[BlockOut]:
        await self._actions.readings.note(who.login, "blocks")
        return [self.out(who, each) for each in self._sifting.intake_filter.blocks.all() if self._authorization.sees(who, each.centre)]

    def day(self, at: datetime | None) -> str:
        return f"{at.astimezone(ZoneInfo(self._centre.timezone)):%d.%m.%Y %H:%M}" if at else ""
