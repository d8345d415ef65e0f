"""Coaching notes of a reviewer to an operator about a moment of a scored talk: visible to both and their supervisors (MC-05).

Refusals: unknown review or note, another operator's talk, not the reviewer who scored it.
"""

from collections.abc import Callable

from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, RefusedError
from hub.quality.review import CoachingNote
from hub.quality.reviews_service import QualityReviews

EVERY = 1_000_000


class CoachingNotes:
    def __init__(self, sequencer: ConversationSequencer, store: Store, book: QualityReviews, authorization: Authorization,
                 masked: Callable[[str], str]) -> None:
        """`masked` removes personal data from a text."""
        self._sequencer, self._store, self._book, self._authorization, self._masked = sequencer, store, book, authorization, masked

    async def of(self, who: Operator, review: str) -> list[CoachingNote]:
        """Notes of a review that the operator wrote or received; for supervisors all. The oldest first."""
        await self._book.find(who, review)
        leads = self._authorization.may(who, Permission.DESIGN_SCORECARDS)
        found = await self._store.marked(CoachingNote, "review", review, limit=EVERY)
        return [each for each in found if leads or who.login in {each.by, each.operator}]

    async def write(self, who: Operator, review: str, note: str, text: str, record: int, at_ms: int) -> CoachingNote:
        """Idempotent by the author's key."""
        about, now = await self._book.find(who, review), self._sequencer.now()
        if who.login not in {each.by for each in about.scorings}:
            raise RefusedError("not_yours", "Заметку пишет тот, кто оценил этот разговор.")
        made = CoachingNote(f"{review}/{note}", review, about.conversation, about.operator, who.login, now, self._masked(text.strip()),
                            record, at_ms)
        try:
            await self._store.exchange((), (), AuditEntry(now, who.login, "coaching_note", str(about.conversation), about.operator),
                                       new=(made,))
        except ConflictError:
            return await self._found(review, note)
        return made

    async def read(self, who: Operator, review: str, note: str) -> CoachingNote:
        """The operator confirms reading. Idempotent."""
        before, now = await self._found(review, note), self._sequencer.now()
        if before.operator != who.login:
            raise RefusedError("no_such_review", "Такой заметки нет.")
        if before.read is not None:
            return before
        after = replace(before, read=now)
        await self._store.exchange((after,), (), AuditEntry(now, who.login, "coaching_read", str(before.conversation), before.by),
                                   seen=(before,))
        return after

    async def _found(self, review: str, note: str) -> CoachingNote:
        found = await self._store.get(CoachingNote, f"{review}/{note}")
        if found is None:
            raise RefusedError("no_such_review", "Такой заметки нет.")
        return found
