"""What rules would have done in a conversation, from its stored entries. Pure.

Tags and topics that a rule would have set count for the rules after it. Lines do not: where the conversation really went is what is
known of the rest.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from hub.automation.rule import Rule, RuleEvent, index
from hub.automation.situation import Matcher, Trigger, after, tags_with, trigger_of, waits_since
from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.journal import StoredEvent


class RuleHit(Struct, frozen=True):
    """A rule would have acted."""

    rule: str
    at: datetime


def replayed(rules: Sequence[Rule], head: Conversation, records: Sequence[StoredEvent], since: datetime, until: datetime,
             matcher: Matcher, *, spoken: bool) -> Iterator[RuleHit]:
    """The hits between two moments, in order. `records` may begin earlier, or within the conversation."""
    known = index(rules)
    now = replace(head, holder=WithBot(), line="", topic="", tags=(), served=None, danger=None, lead=None, merged=None, erased=None)
    silent: datetime | None = None
    minutes = sorted({each.minutes for each in known.get(RuleEvent.UNANSWERED, ())})

    def hits(trigger: Trigger) -> Iterator[RuleHit]:
        nonlocal now
        for rule in known.get(trigger.event, ()):
            if matcher.fits(rule, trigger, now):
                then = rule.acts
                now = replace(now, tags=tags_with(now.tags, then.tag) if then.tag else now.tags, topic=then.topic or now.topic)
                if since <= trigger.at < until:
                    yield RuleHit(rule.id, trigger.at)

    def silences(end: datetime, told: datetime | None) -> Iterator[RuleHit]:
        """Those that are reached before `end`, after `told`."""
        for each in minutes if silent is not None else ():
            at = (silent or end) + timedelta(minutes=each)
            if at < end and (told is None or at >= told):
                yield from hits(Trigger(RuleEvent.UNANSWERED, at, now, minutes=each, since=silent))

    before: datetime | None = None
    for record in records:
        at = record.entry.at
        yield from silences(at, before)
        now = after(now, record.entry)
        silent = waits_since(silent, record.entry, now, spoken=spoken)
        before = at
        if (trigger := trigger_of(record.entry, now)) is not None:
            yield from hits(trigger)
    yield from silences(until, before)
