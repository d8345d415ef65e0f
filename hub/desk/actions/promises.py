"""Promises: the list by deadline, and the actions to keep them."""

from msgspec import Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.actions.promise_actions import PromiseActions
from hub.conversations.conversation import Conversation, due_position
from hub.conversations.ports import Store
from hub.desk.actions.forms import AttemptIn, CallIn, KeptIn, PromiseIn, WithdrawIn
from hub.desk.conversations.forms import EntryOut, InboxOut
from hub.desk.conversations.redaction import Veil
from hub.desk.conversations.timelines import Timelines
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id
from hub.desk.http.pagination import PAGE, Cursor, page, position
from hub.telephony.outbound_calls import OutboundCalls


class After(Struct, frozen=True):
    after: Cursor = ""


@endpoint("GET", "/api/promises", Permission.PROMISE)
async def promises(authorization: Authorization, veil: Veil, store: Store, actions: Actions, call: Call,
                   query: After) -> InboxOut:
    """Visible conversations with an owed answer, the earliest deadline first; `after` is the `next` of the previous page."""
    found: list[Conversation] = []
    last = position(query.after)
    while len(found) <= PAGE and (later := await store.promised(after=last, limit=PAGE + 1)):
        found += [head for head in later if actions.sees(call.who, head)]
        last = due_position(later[-1])
    if found and authorization.may(call.who, Permission.SEE_ALL):
        await actions.readings.note(call.who.login, "listed", detail="promises")
    heads, following = page(found, due_position)
    return InboxOut(await veil.rows(call.who, heads), following)


@endpoint("POST", "/api/conversations/{conversation}/promise", Permission.PROMISE)
async def promise(promise_actions: PromiseActions, call: Call, conversation: Id, body: PromiseIn) -> None:
    """Promise the answer within a day, or return a promise to the list with its old deadline."""
    await promise_actions.promise(call.who, conversation, body.why, number=body.number)


@endpoint("POST", "/api/conversations/{conversation}/attempt", Permission.PROMISE)
async def attempt(promise_actions: PromiseActions, call: Call, conversation: Id, body: AttemptIn) -> None:
    """The answer could not be brought: it is still owed."""
    await promise_actions.attempt(call.who, conversation, body.outcome)


@endpoint("POST", "/api/conversations/{conversation}/call", Permission.PROMISE)
async def call_back(outbound_calls: OutboundCalls, call: Call, conversation: Id, body: CallIn) -> None:
    """Call the citizen: one's own telephone rings first. The course is in the timeline."""
    await outbound_calls.call(call.who, conversation, body.key, urgent=body.urgent)


@endpoint("POST", "/api/conversations/{conversation}/keep", Permission.PROMISE)
async def keep(promise_actions: PromiseActions, timelines: Timelines, call: Call, conversation: Id, body: KeptIn) -> EntryOut:
    """Give the promised answer."""
    return await timelines.own_words(call, conversation, await promise_actions.keep(call.who, conversation, body.key, body.text))


@endpoint("POST", "/api/conversations/{conversation}/withdraw", Permission.PROMISE)
async def withdraw(promise_actions: PromiseActions, call: Call, conversation: Id, body: WithdrawIn) -> None:
    """The citizen withdrew the question; the note says how."""
    await promise_actions.withdraw(call.who, conversation, body.note)


ENDPOINTS = (promises, promise, attempt, call_back, keep, withdraw)
