"""The filtered lists that people keep, each with the number of conversations in it now."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.saved_view import MOST, SavedView
from hub.conversations.ports import Store
from hub.desk.conversations.filtered_list import FilteredList
from hub.desk.conversations.list_query import ListQuery
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import DocumentId
from hub.desk.http.parts import Clock
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError

SHARED = 500
"""Shared views of a hub that are looked at."""
BAD = "Такого отбора нет: задайте его заново."


class SavedViewIn(Struct, frozen=True):
    """`filter` is the query of GET /api/inbox/filtered without `skip`."""

    title: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"\S")]
    filter: Annotated[str, Meta(min_length=1, max_length=2000)]
    shared: bool = False


class SavedViewOut(Struct, frozen=True):
    """`mine` may be changed; `count` is the number of conversations in it now."""

    id: str
    title: str
    filter: str
    shared: bool
    owner_name: str
    mine: bool
    count: int


class SavedViews:
    def __init__(self, store: Store, lists: FilteredList, authorization: Authorization, dispatch: Dispatch, clock: Clock) -> None:
        self._store, self._lists, self._authorization, self._dispatch, self._clock = store, lists, authorization, dispatch, clock

    async def of(self, who: Operator) -> list[SavedViewOut]:
        """One's own, then those that colleagues share, by their titles."""
        found = {each.id: each for each in await self._store.marked(SavedView, "owner", who.login, limit=MOST)}
        shared = await self._store.marked(SavedView, "shared", limit=SHARED)
        found |= {each.id: each for each in shared if self._authorization.sees(who, each.centre)}
        ordered = sorted(found.values(), key=lambda each: (each.owner != who.login, each.title.casefold(), each.id))
        return [SavedViewOut(each.id, each.title, each.filter, each.shared, self._dispatch.name(each.owner), self._steers(who, each),
                             await self._lists.count(who, query_of(each.filter))) for each in ordered]

    async def put(self, who: Operator, name: str, view: SavedViewIn) -> None:
        """Keep a view, or change it. Raises RefusedError."""
        query_of(view.filter)
        known = await self._store.get(SavedView, name)
        if (known is not None and not self._steers(who, known)) or (view.shared and not self._authorization.may(who, Permission.STEER)):
            raise RefusedError("forbidden", "Общий вид меняет старший смены.")
        if known is None and await self._store.count(SavedView, "owner", who.login) >= MOST:
            raise RefusedError("too_many", f"Можно сохранить не больше {MOST} видов: удалите лишние.")
        owner = known.owner if known else who.login
        centre = known.centre if known else self._authorization.centre(who)
        await self._store.put(SavedView(name, owner, view.title.strip(), view.filter, centre, view.shared),
                              AuditEntry(self._clock(), who.login, "view_saved", f"view/{name}"))

    async def drop(self, who: Operator, name: str) -> None:
        known = await self._store.get(SavedView, name)
        if known is None:
            return
        if not self._steers(who, known):
            raise RefusedError("forbidden", "Общий вид меняет старший смены.")
        await self._store.drop(SavedView, name, AuditEntry(self._clock(), who.login, "view_dropped", f"view/{name}"))

    def _steers(self, who: Operator, view: SavedView) -> bool:
        return view.owner == who.login or (view.shared and self._authorization.may(who, Permission.STEER)
                                           and self._authorization.keeps(who, view.centre))


def query_of(text: str) -> ListQuery:
    """The query of a list; raises RefusedError."""
    told: Mapping[str, str] = dict(parse_qsl(text))
    try:
        if told.keys() - set(ListQuery.__struct_fields__):
            raise RefusedError("bad_filter", BAD)
        return msgspec.convert(told, ListQuery, strict=False)
    except msgspec.ValidationError:
        raise RefusedError("bad_filter", BAD) from None


@endpoint("GET", "/api/views", Permission.SERVE, Permission.SEE_ALL)
async def views(saved_views: SavedViews, call: Call) -> list[SavedViewOut]:
    """The views that one keeps, and those shared in one's centre, with the number of conversations in each."""
    return await saved_views.of(call.who)


@endpoint("PUT", "/api/views/{view}", Permission.SERVE, Permission.SEE_ALL)
async def put_view(saved_views: SavedViews, call: Call, view: DocumentId, body: SavedViewIn) -> list[SavedViewOut]:
    """Keep a filtered list under a title; to share one needs `steer`."""
    await saved_views.put(call.who, view, body)
    return await saved_views.of(call.who)


@endpoint("DELETE", "/api/views/{view}", Permission.SERVE, Permission.SEE_ALL)
async def drop_view(saved_views: SavedViews, call: Call, view: DocumentId) -> None:
    """Forget a view."""
    await saved_views.drop(call.who, view)


ENDPOINTS = (views, put_view, drop_view)
