"""What happens in a conversation that rules answer to, and whether a rule concerns it. Pure.

A running hub and the dry run ask the same questions: the one with each commit, the other with the stored entries of a conversation.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from hub.automation.ports import WordForms
from hub.automation.rule import Rule, RuleEvent
from hub.conversations.conversation import Closed, Conversation, InQueue, SetAside, WithBot, WithOperator
from hub.conversations.journal import ConversationEvent, HandedOver, Tagged
from hub.conversations.message import Author, Message

BEGINS = frozenset({"opened", "reopened"})
"""Reasons of the hand-overs by which a conversation begins."""
_NO_END = frozenset({"merged", "erased"})
"""Reasons by which one is closed and yet has not ended: it goes on in another, or its data is erased."""
LONGEST = 4000
"""Characters of a message in which words are looked for."""
Shut = Callable[[str, datetime], bool]
"""Whether a line is closed at a moment."""


class Trigger(Struct, frozen=True):
    """Something that rules are asked about: the conversation as it was then. `since` is the beginning of a silence."""

    event: RuleEvent
    at: datetime
    head: Conversation
    text: str = ""
    tag: str = ""
    minutes: int = 0
    since: datetime | None = None


def trigger_of(entry: ConversationEvent, head: Conversation) -> Trigger | None:
    """What an entry is to the rules, with the head after it; None for most."""
    match entry:
        case Message(author=Author.CITIZEN, internal=False, veiled=False):
            return Trigger(RuleEvent.MESSAGE, entry.at, head, entry.text[:LONGEST])
        case HandedOver(why=why) if why in BEGINS:
            return Trigger(RuleEvent.BEGAN, entry.at, head)
        case HandedOver(holder=Closed(), why=why) if why not in _NO_END:
            return Trigger(RuleEvent.ENDED, entry.at, head)
        case Tagged(off=False):
            return Trigger(RuleEvent.TAGGED, entry.at, head, tag=entry.name)
        case _:
            return None


def after(head: Conversation, entry: ConversationEvent) -> Conversation:
    """The head as an entry leaves it, as far as rules look at it."""
    match entry:
        case HandedOver(holder=Closed(topic=topic) as holder):
            served = entry.at if isinstance(head.holder, WithOperator) else head.served
            return replace(head, line=head.queue, holder=holder, topic=topic, served=served)
        case HandedOver(holder=holder):
            begins = isinstance(head.holder, Closed) and isinstance(holder, WithBot)
            return replace(head, holder=holder, tags=() if begins else head.tags, topic="" if begins else head.topic)
        case Tagged(name=name, off=off):
            return replace(head, tags=tags_with(head.tags, name, off=off))
        case _:
            return head


def tags_with(tags: tuple[str, ...], name: str, *, off: bool = False) -> tuple[str, ...]:
    """The tags with one more, or without it."""
    left = tuple(each for each in tags if each != name)
    return left if off else (*tags, name) if name not in tags else tags


def waits_since(since: datetime | None, entry: ConversationEvent, head: Conversation, *, spoken: bool) -> datetime | None:
    """Since when a person's answer is awaited, after an entry; `head` is that after it. In a call the operator is answering."""
    holder = head.holder
    if not isinstance(holder, InQueue | WithOperator) or (spoken and isinstance(holder, WithOperator)):
        return None
    match entry:
        case HandedOver() if isinstance(holder, InQueue):
            return since or entry.at
        case Message(author=Author.OPERATOR, internal=False):
            return None
        case Message(author=Author.CITIZEN, internal=False):
            return since or entry.at
        case _:
            return since


class Matcher:
    """Compares conditions with what has happened."""

    def __init__(self, words: WordForms, shut: Shut) -> None:
        self._words, self._shut = words, shut

    def fits(self, rule: Rule, trigger: Trigger, head: Conversation) -> bool:
        """Whether a rule concerns it; `head` is as the rules before have left it."""
        given, queue = rule.given, trigger.head.queue
        if rule.when is not trigger.event or isinstance(head.holder, SetAside) or head.merged is not None or head.erased is not None:
            return False
        if rule.when is RuleEvent.UNANSWERED and rule.minutes != trigger.minutes:
            return False
        tags = (trigger.tag,) if trigger.event is RuleEvent.TAGGED else head.tags
        lists = ((given.channels, (head.address.family,)), (given.queues, (queue,)), (given.topics, (head.topic,)), (given.tags, tags),
                 (given.languages, (head.citizen.language,)))
        return (all(not wanted or not set(wanted).isdisjoint(has) for wanted, has in lists)
                and self._is_person(given.person, trigger.head)
                and (not given.hours or self._shut(queue, trigger.at) == (given.hours == "closed"))
                and (not given.words or self._says(given.words, trigger.text)))

    def _is_person(self, wanted: str, head: Conversation) -> bool:
        if wanted in {"new", "returning"}:
            return (head.served is not None) == (wanted == "returning")
        return not wanted or head.citizen.person == wanted

    def _says(self, phrases: tuple[str, ...], text: str) -> bool:
        said = {form for word in self._words.words(text) for form in self._words.forms(word)}
        return any(all(not said.isdisjoint(self._words.forms(word)) for word in self._words.words(phrase)) for phrase in phrases)
