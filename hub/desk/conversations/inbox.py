"""The views of the inbox."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from hub.access.operator import Operator
from hub.actions.conversation_actions import Actions
from hub.actions.follow_service import FollowService
from hub.actions.mention_service import MentionService
from hub.actions.promise_watch import PromiseWatch
from hub.actions.snooze_service import SnoozeService
from hub.conversations.conversation import FIRST, Closed, Conversation, Position, WithRemoteCentre, due_position, waiting_position
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.http.pagination import PAGE, Cursor, page, position
from hub.desk.organisation.scope import CentreScope
from hub.dispatch.dispatcher import Dispatch
from hub.federation.handover_sender import HandoverSender


def closed_position(head: Conversation) -> Position:
    return (head.holder.at.timestamp() if isinstance(head.holder, Closed) else 0.0), head.id


class InboxQuery(Struct, frozen=True):
    view: Literal["mine", "waiting", "snoozed", "mentions", "followed", "risk", "away", "held", "recent", "done"] = "mine"
    after: Cursor = ""


class Inbox:
    def __init__(self, store: Store, sequencer: ConversationSequencer, actions: Actions, scope: CentreScope, dispatch: Dispatch,
                 snooze_service: SnoozeService, mention_service: MentionService, follow_service: FollowService,
                 promise_watch: PromiseWatch, handover_sender: HandoverSender) -> None:
        self._store, self._sequencer, self._actions, self._scope, self._dispatch = store, sequencer, actions, scope, dispatch
        self._snooze_service, self._mention_service, self._follow_service = snooze_service, mention_service, follow_service
        self._promise_watch, self._handover_sender = promise_watch, handover_sender

    async def view(self, who: Operator, query: InboxQuery) -> tuple[Sequence[Conversation], str]:  # noqa: PLR0911 - one screen shows every view
        """A page of a view, and the cursor of the next one."""
        after = position(query.after)
        match query.view:
            case "mine" | "snoozed":
                return [head for head in await self._held(who, who.login)
                        if (self._snooze_service.of(head.id) is not None) == (query.view == "snoozed")], ""
            case "mentions":
                return [head for _, head in self._mention_service.of(who)], ""
            case "followed":
                return [head for head, _ in self._follow_service.of(who)], ""
            case "risk":
                return page([head for head in await self._at_risk(who) if due_position(head) > after], due_position)
            case "waiting":
                queues = self._scope.lines(who)
                waiting = await self._store.waiting(queues, PAGE + 1, after=after) if queues else []
                heads, following = page(waiting, waiting_position)
                first = await self._in_danger(queues) if after == FIRST else []
                return list({head.id: head for head in (*first, *heads)}.values()), following
            case "done":
                return await self._done(who, after)
            case "away":
                return await self._away(who), ""
            case "held":
                return await self._held(who, ""), ""
            case _:
                return page(await self._recent(who, after[1]), lambda head: (0.0, head.id))

    async def _done(self, who: Operator, before: Position) -> tuple[Sequence[Conversation], str]:
        """What one has closed, the last first."""
        return page(await self._store.served(who.login, before=before, limit=PAGE + 1), closed_position)

    async def _held(self, who: Operator, login: str) -> list[Conversation]:
        return [head for head in await self._store.held(login) if self._actions.sees(who, head)]

    async def _in_danger(self, queues: Sequence[str]) -> list[Conversation]:
        return [(await self._sequencer.load(each)).head for queue in queues for each in self._dispatch.in_danger(queue)]

    async def _at_risk(self, who: Operator) -> list[Conversation]:
        """Promised answers that are nearly due or overdue, the earliest deadline first."""
        heads = [(await self._sequencer.load(each)).head for each in self._promise_watch.at_risk.conversations]
        return sorted((head for head in heads if head.promise and self._actions.sees(who, head)), key=due_position)

    async def _away(self, who: Operator) -> list[Conversation]:
        """At centres on other deployments, the longest first."""
        heads = [(await self._sequencer.load(each)).head for each in self._handover_sender.away]
        away = [(head.holder.since, head.id, head) for head in heads if isinstance(head.holder, WithRemoteCentre)
                and self._actions.sees(who, head)]
        return [head for _, _, head in sorted(away)]

    async def _recent(self, who: Operator, before: int) -> list[Conversation]:
        """A page of visible ones, and one more."""
        found: list[Conversation] = []
        while len(found) <= PAGE and (older := await self._store.recent(before=before, limit=PAGE + 1)):
            found += [head for head in older if self._actions.sees(who, head)]
            before = older[-1].id
        return found
