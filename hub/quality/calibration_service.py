"""Calibrations: a supervisor has a talk scored by several reviewers independently, and ends it to compare them (MC-05).

Its texts do not affect the operator's score. Refusals: unknown calibration or talk, another centre's or one's own talk, already
scored, ended, fewer than two sheets.
"""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.access.read_log import AccessGround
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, RefusedError
from hub.quality.calibration import Calibration
from hub.quality.review import Scoring
from hub.quality.reviews_service import NO_REVIEW, OWN, QualityReviews
from hub.quality.scorecard import ItemScore, check_scores
from hub.quality.versioned_forms import OTHER

EVERY = 1_000_000


class CalibrationService:
    def __init__(self, sequencer: ConversationSequencer, store: Store, authorization: Authorization, book: QualityReviews) -> None:
        self._sequencer, self._store, self._authorization, self._book = sequencer, store, authorization, book
        self._open: dict[int, Calibration] = {}
        """By conversation, which its centre's reviewers may read."""
        self._changing = asyncio.Lock()

    async def start(self) -> None:
        self._open = {each.conversation: each for each in await self._store.all(Calibration) if each.ended is None and each.conversation}

    async def all(self, who: Operator) -> list[Calibration]:
        """Those of the reviewer's centres, newest first, without own talks."""
        found = [each for centre in self._authorization.centres(who)
                 for each in await self._store.marked(Calibration, "centre", centre, limit=EVERY)]
        return sorted((each for each in found if each.operator != who.login), key=lambda each: each.at, reverse=True)

    async def find(self, who: Operator, key: str) -> Calibration:
        found = await self._store.get(Calibration, key)
        if found is None or found.centre not in self._authorization.centres(who):
            raise NO_REVIEW
        if found.operator == who.login:
            raise OWN
        return found

    def ground(self, who: Operator, conversation: int) -> AccessGround | None:
        """Ground to read a calibrated talk: its centre's reviewers except its operator."""
        known = self._open.get(conversation)
        if known is None or known.operator == who.login or not self._authorization.may(who, Permission.SCORE_TALKS):
            return None
        return AccessGround.REVIEW if known.centre in self._authorization.centres(who) else None

    async def begin(self, who: Operator, key: str, review: str) -> Calibration:
        """Start with a sampled talk and the card of its sample. Idempotent."""
        async with self._changing:
            if (before := await self._store.get(Calibration, key)) is not None:
                return await self.find(who, before.key)
            talk = await self._book.find(who, review)
            if talk.operator == who.login:
                raise OWN
            if talk.scorings or not talk.conversation:
                raise OTHER
            now = self._sequencer.now()
            made = Calibration(key, talk.centre, talk.conversation, talk.number, talk.operator, talk.card, who.login, now)
            await self._store.exchange((), (), AuditEntry(now, who.login, "calibration_begun", str(talk.conversation), key), new=(made,))
            self._open[made.conversation] = made
            return made

    async def score(self, who: Operator, key: str, scores: Sequence[ItemScore], words: str) -> Calibration:
        """The reviewer's sheet, final: a changeable one would not be blind. Idempotent."""
        async with self._changing:
            before, now = await self.find(who, key), self._sequencer.now()
            if any(each.by == who.login for each in before.sheets):
                return before
            if before.ended is not None:
                raise OTHER
            check_scores(self._book.cards.of(before.card), scores)
            after = replace(before, sheets=(*before.sheets, Scoring(now, who.login, tuple(scores), words.strip())))
            return await self._put(before, after, who, "calibration_scored")

    async def end(self, who: Operator, key: str) -> Calibration:
        """From now on all see all sheets, and none is added. Idempotent."""
        async with self._changing:
            before = await self.find(who, key)
            if before.ended is not None:
                return before
            if len(before.sheets) < 2:  # noqa: PLR2004 - a comparison
                raise RefusedError("nothing_selected", "Сравнивать нечего: нужны хотя бы две оценки.")
            after = await self._put(before, replace(before, ended=self._sequencer.now()), who, "calibration_ended")
            self._open.pop(after.conversation, None)
            return after

    async def _put(self, before: Calibration, after: Calibration, who: Operator, what: str) -> Calibration:
        audit_entry = AuditEntry(self._sequencer.now(), who.login, what, str(after.conversation), after.key)
        try:
            await self._store.exchange((after,), (), audit_entry, seen=(before,))
        except ConflictError:
            raise OTHER from None
        return after
