"""Data of promises: giving, attempting, keeping."""

from typing import Annotated

from msgspec import Meta, Struct

from hub.conversations.callback_promise import Outcome
from hub.desk.http.forms import Key, Text


class KeptIn(Struct, frozen=True):
    """The promised answer; `key` as for a reply."""

    key: Key
    text: Text


class PromiseIn(Struct, frozen=True):
    """`number` is the number to call, in any spelling; without one the answer comes to the conversation's address."""

    why: Annotated[str, Meta(min_length=1, max_length=1000)]
    number: Annotated[str, Meta(max_length=32)] = ""


class AttemptIn(Struct, frozen=True):
    outcome: Outcome


class CallIn(Struct, frozen=True):
    """`key` is unique to the call: a repeated one calls nobody. `urgent` ignores the quiet hours."""

    key: Key
    urgent: bool = False


class WithdrawIn(Struct, frozen=True):
    note: Text
