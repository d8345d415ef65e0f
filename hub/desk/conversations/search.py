"""One search: conversations by their number and by the citizen's name, telephone number or mailbox, and messages by their words."""

import re
from datetime import datetime
from typing import Annotated, Literal, Protocol

from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.citizens.name_index import NameIndex
from hub.conversations.address import Address
from hub.conversations.channel_traits import AddressForm, TraitRegistry
from hub.conversations.conversation import Closed, Conversation, WithOperator
from hub.conversations.ports import SearchHit, Store
from hub.desk.conversations.forms import HitOut, HitsOut
from hub.desk.conversations.redaction import Veil
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id
from hub.desk.http.pagination import PAGE
from hub.desk.http.parts import Channels

MOST, PAGES = 20, 10
"""Conversations on the first page; pages of the store that one request reads."""
NUMBER = re.compile(r"[№#]?\s*+\+?[\d\s()./–-]++")
WORD = re.compile(r"\d+|[^\W\d_]+")
SHORTEST, LOCAL = 3, 10
"""Digits of a part of a number; digits of a Russian telephone number behind +7 or 8."""


class WordForms(Protocol):
    """Splits texts into words, and words into forms (bots/russian.py)."""

    def words(self, text: str) -> list[str]: ...

    def forms(self, word: str) -> tuple[str, ...]: ...


class SearchQuery(Struct, frozen=True):
    """Facets narrow it down: `operator` holds it or closed it last, `since` and `until` are of the message."""

    text: Annotated[str, Meta(min_length=1, max_length=500)]
    before: Id = 0
    channel: Annotated[str, Meta(max_length=100)] = ""
    topic: Annotated[str, Meta(max_length=100)] = ""
    operator: Annotated[str, Meta(max_length=100)] = ""
    since: Annotated[datetime, Meta(tz=True)] | None = None
    until: Annotated[datetime, Meta(tz=True)] | None = None
    state: Literal["", "open", "closed"] = ""

    def admits(self, head: Conversation, at: datetime) -> bool:
        holder = head.holder
        worked = holder.operator if isinstance(holder, WithOperator) else head.served_by
        return (self.channel in ("", head.address.channel, head.address.family) and self.topic in ("", head.topic)
                and self.operator in ("", worked) and (self.since is None or at >= self.since)
                and (self.until is None or at < self.until) and (not self.state or (self.state == "closed") == isinstance(holder, Closed)))


class ConversationSearch:
    def __init__(self, store: Store, name_index: NameIndex, actions: Actions, authorization: Authorization, veil: Veil,
                 channels: Channels, traits: TraitRegistry, words: WordForms) -> None:
        self._store, self._name_index, self._actions, self._authorization = store, name_index, actions, authorization
        self._veil, self._channels, self._traits, self._words = veil, channels, traits, words

    async def conversations(self, who: Operator, query: SearchQuery) -> list[Conversation]:
        """Those found by their number, or by what is known of the citizen."""
        text = query.text.strip()
        found = {head.id: head for head in (*await self._numbered(text), *await self._of_citizen(text)) if self._sees(who, head)}
        return [head for head in found.values() if query.admits(head, head.opened)][:MOST]

    async def messages(self, who: Operator, query: SearchQuery) -> list[SearchHit]:
        """A page of messages with all words, and one more; newest first."""
        hits: list[SearchHit] = []
        before = query.before
        for _ in range(PAGES):
            page = await self._store.find(query.text, before=before, limit=PAGE + 1)
            hits += [hit for hit in page if self._sees(who, hit.head) and query.admits(hit.head, hit.record.entry.at)]
            if len(page) <= PAGE or len(hits) > PAGE:
                break
            before = page[-1].record.id
        return hits[:PAGE + 1]

    def marks(self, text: str, sought: str) -> list[tuple[int, int]]:
        """Where the words that are sought stand in a text, in any form."""
        wanted = {form for word in self._words.words(sought) for form in self._words.forms(word)}
        return [each.span() for each in WORD.finditer(text)
                if wanted.intersection(form for word in self._words.words(each[0]) for form in self._words.forms(word))]

    async def out(self, who: Operator, query: SearchQuery) -> HitsOut:
        heads = [] if query.before else await self.conversations(who, query)
        hits = await self.messages(who, query)
        rows = await self._veil.rows(who, [*heads, *(hit.head for hit in hits[:PAGE])])
        shown = [self._veil.entry(who, hit.head, hit.record) for hit in hits[:PAGE]]
        found = [HitOut(entry, row, self.marks(entry.text, query.text)) for entry, row in zip(shown, rows[len(heads):], strict=True)]
        return HitsOut(found, len(hits) > PAGE, rows[:len(heads)])

    def _sees(self, who: Operator, head: Conversation) -> bool:
        """What the operator sees anyway: their own, in their lines, closed by them; with SEE_ALL all of the centre."""
        return self._authorization.may(who, Permission.SEARCH, head) and self._actions.sees(who, head)

    async def _numbered(self, text: str) -> list[Conversation]:
        digits = digits_of(text)
        return await self._store.numbered(digits, limit=PAGE) if len(digits) >= SHORTEST else []

    async def _of_citizen(self, text: str) -> list[Conversation]:
        if "@" in text:
            return await self._store.with_addresses(self._addresses(text.casefold(), AddressForm.MAILBOX), limit=PAGE)
        if len(number := digits_of(text)) >= LOCAL:
            return await self._store.with_addresses(self._addresses(f"+7{number[-LOCAL:]}", AddressForm.NUMBER), limit=PAGE)
        numbers = await self._name_index.find(text, PAGE)
        heads = {head.id: head for head in await self._store.conversations(numbers)} if numbers else {}
        return [heads[number] for number in numbers if number in heads]

    def _addresses(self, value: str, form: AddressForm) -> list[Address]:
        channels = (*self._channels, *self._traits.registered())
        return [Address(channel, value) for channel in channels if self._traits.named(channel).address is form]


def digits_of(text: str) -> str:
    """The digits of what is nothing but a number, in any spelling; "" for other texts."""
    return re.sub(r"\D", "", text) if NUMBER.fullmatch(text.strip()) else ""


@endpoint("GET", "/api/search", Permission.SEARCH)
async def search(searching: ConversationSearch, actions: Actions, call: Call, query: SearchQuery) -> HitsOut:
    """Conversations by their number, name, telephone number or mailbox, and messages with all words in any form, newest first."""
    await actions.readings.note(call.who.login, "search", detail=actions.readings.masked(query.text))
    return await searching.out(call.who, query)


ENDPOINTS = (search,)
