"""No field is stored of a person without its purpose, ground and term (SE-03; 152-ФЗ ст. 5)."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec

from hub.conversations.conversation import Conversation
from hub.conversations.journal import ConversationEvent
from hub.kernel.audit_entry import AuditEntry
from hub.privacy.erased_conversation import Erasure
from hub.privacy.impersonal_fields import IMPERSONAL
from hub.privacy.register import TABLE, fields, named
from okno.commands.privacy import page
from okno.config import RetentionSettings
from tests.documents import kinds


def stored(kind: object, seen: set[type]) -> Iterator[str]:
    """All fields of all structs that a type is made of."""
    for part in get_args(kind):
        yield from stored(part, seen)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in seen:
        seen.add(kind)
        for field in msgspec.structs.fields(kind):
            yield f"{kind.__name__}.{field.name}"
            yield from stored(field.type, seen)


def test_every_stored_field_has_its_purpose_or_is_nobodys() -> None:
    # SE-03: access without ground is refused, so there is none to be had
    there, seen = set[str](), set[type]()
    for kind in (*kinds(), ConversationEvent, Conversation, AuditEntry, Erasure):
        there |= set(stored(kind, seen))
    assert {kind.__name__ for kind in seen} >= {"Operator", "Message", "Conversation", "AuditEntry", "Code", "Passkey", "Closed"}
    purposed, nobodys = Counter(name for name, _ in fields()), Counter(named(IMPERSONAL))
    doubled = {name for name, times in Counter(kind.__name__ for kind in seen).items() if times > 1}
    assert {name for name in purposed if name.partition(".")[0] in doubled} == set()  # whose would be told of which?
    assert there - set(purposed) - set(nobodys) == set()
    assert (set(purposed) | set(nobodys)) - there == set()
    assert [name for name, times in (purposed + nobodys).items() if times > 1] == []


def test_nothing_is_kept_without_a_word_on_any_of_it() -> None:
    # SE-03
    for kept in TABLE:
        assert all(getattr(kept, name) for name in kept.__struct_fields__ if name != "fields"), kept.what


def test_terms_that_are_named_are_settings_and_all_are_named() -> None:
    # SE-03
    terms = " ".join(kept.term for kept in TABLE)
    assert {name for name in RetentionSettings.__struct_fields__ if f"`{name}`" not in terms} == set()


def test_the_page_is_up_to_date() -> None:
    # SE-03: `make types` prints it
    assert Path("docs/privacy.md").read_text("utf8") == page()
