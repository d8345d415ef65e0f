"""Lists by filter, sort and group, with true counts, however long they are."""

from collections import Counter
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.actions.snooze_service import SnoozeService
from hub.conversations.conversation import Conversation
from hub.desk.conversations.forms import ConversationOut
from hub.desk.conversations.list_query import GROUPS, ListQuery, admission, membership, place
from hub.desk.conversations.open_conversations import OpenConversations
from hub.desk.conversations.redaction import Veil
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.pagination import PAGE
from hub.desk.http.parts import Clock
from hub.desk.organisation.scope import CentreScope
from hub.kernel.errors import RefusedError

READ = 2000
"""Rows that are made to see which of them are unread."""


class PageQuery(ListQuery, frozen=True):
    """A page of the list; `skip` is the number of rows that the caller has already."""

    skip: Annotated[int, Meta(ge=0, le=100_000)] = 0


class GroupOut(Struct, frozen=True):
    value: str
    count: int


class ListOut(Struct, frozen=True):
    """A page; `count` of all that pass the filter, `total` of the view, and the `groups` in their order."""

    conversations: list[ConversationOut]
    count: int
    total: int
    groups: list[GroupOut]


class FilteredList:
    def __init__(self, open_conversations: OpenConversations, actions: Actions, authorization: Authorization, scope: CentreScope,
                 snooze_service: SnoozeService, veil: Veil, clock: Clock) -> None:
        self._open, self._actions, self._authorization, self._scope = open_conversations, actions, authorization, scope
        self._snooze_service = snooze_service
        self._veil, self._clock = veil, clock

    async def found(self, who: Operator, query: ListQuery) -> tuple[list[Conversation], int]:
        """All that pass, in order, and the number of the whole view."""
        # What is one's own may be of a line that one does not serve any more.
        scope = self._scope.lines(who)
        lines = dict.fromkeys((*scope, *who.queues))
        # Whoever sees everything sees all of these lines: ten thousand rows are not looked at one by one.
        clear = frozenset(scope) if self._authorization.may(who, Permission.SEE_ALL) else frozenset[str]()
        belongs, passes = membership(query, who), admission(query, self._clock())
        view = [head for head in await self._open.of(lines) if belongs(head) and (head.queue in clear or self._actions.sees(who, head))]
        if query.view == "mine":
            view = [head for head in view if self._snooze_service.of(head.id) is None]
        passing = [head for head in view if passes(head)]
        if query.unread:
            rows = await self._veil.rows(who, passing[:READ])
            passing = [head for head, row in zip(passing, rows, strict=False) if row.unread or head.danger is not None]
        return sorted(passing, key=place(query)), len(view)

    async def count(self, who: Operator, query: ListQuery) -> int:
        return len((await self.found(who, query))[0])

    async def page(self, who: Operator, query: PageQuery) -> ListOut:
        heads, total = await self.found(who, query)
        groups = Counter(map(GROUPS[query.group], heads)) if query.group else {}
        rows = await self._veil.rows(who, heads[query.skip:query.skip + PAGE])
        return ListOut(rows, len(heads), total, [GroupOut(value, groups[value]) for value in sorted(groups)])


@endpoint("GET", "/api/inbox/filtered", Permission.SERVE, Permission.SEE_ALL)
async def filtered(lists: FilteredList, authorization: Authorization, actions: Actions, call: Call, query: PageQuery) -> ListOut:
    """50 conversations of a view that pass a filter, in an order, after `skip` of them; with the counts of all."""
    if query.view == "held" and (refusal := authorization.why_not(call.who, Permission.SEE_ALL)):
        raise RefusedError(refusal.code, refusal.text)
    page = await lists.page(call.who, query)
    if page.conversations and query.view != "mine" and authorization.may(call.who, Permission.SEE_ALL):
        await actions.readings.note(call.who.login, "listed", detail=query.view)
    return page


ENDPOINTS = (filtered,)
