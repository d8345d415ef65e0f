"""Which mailboxes may get a copy of a reply."""

from collections.abc import Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from hub.actions.copies import copies
from hub.conversations.address import Address
from hub.conversations.conversation import Conversation, WithBot
from hub.kernel.errors import RefusedError

HEAD = Conversation(1, "1", Address("email.mail", "maria@home.example"), datetime(2026, 1, 1, tzinfo=UTC), WithBot())


def copied(mailboxes: Iterable[str], citizen: str) -> tuple[str, ...]:
    return tuple(each for each in mailboxes if each != citizen)


MAIL: Any = SimpleNamespace(copied=copied)


def test_the_channel_says_who_gets_one() -> None:
    # CH-05
    assert copies({"email.mail": MAIL}, HEAD, ["petr@home.example", "maria@home.example"]) == ("petr@home.example",)
    assert copies({}, HEAD, []) == ()


@pytest.mark.parametrize(("channel", "mailbox", "code"), [
    (MAIL, "petr", "bad_address"), (MAIL, "petr@home.example\r\nBcc: all@home.example", "bad_address"), (MAIL, "Пётр <petr@home.example>", "bad_address"),
    (SimpleNamespace(), "petr@home.example", "no_copies")])
def test_what_is_refused(channel: Any, mailbox: str, code: str) -> None:
    # CH-05
    with pytest.raises(RefusedError) as refused:
        copies({"email.mail": channel}, HEAD, [mailbox])
    assert refused.value.code == code
