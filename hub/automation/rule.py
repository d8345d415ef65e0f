"""Automation rules «когда – если – то», all of a hub in one version. Pure.

Rules are in order: each sees what those before it have done. Words of a message are compared in any grammatical form; there are no
patterns, so the time of a comparison grows with the length of the message alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.dispatch.priority import MOST_S
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError

MOST = 100
"""Most rules of a hub."""
LONGEST_MIN = 24 * 60
Phrase = Annotated[str, Meta(min_length=1, max_length=100)]
Key = Annotated[str, Meta(min_length=1, max_length=100)]


class RuleEvent(StrEnum):
    """When a rule is asked."""

    BEGAN = "began"
    """A conversation begins, or begins again after it was closed."""
    MESSAGE = "message"
    """The citizen writes."""
    UNANSWERED = "unanswered"
    """Nobody has answered for `minutes`."""
    ENDED = "ended"
    """A conversation is closed."""
    TAGGED = "tagged"
    """A person sets a tag."""


class RuleIf(Struct, frozen=True, forbid_unknown_fields=True):
    """Conditions: all that are given must hold, and of each list one member is enough."""

    channels: tuple[Key, ...] = ()
    """Families: «web», «sms»."""
    queues: tuple[Key, ...] = ()
    topics: tuple[Key, ...] = ()
    tags: tuple[Key, ...] = ()
    languages: tuple[Key, ...] = ()
    words: tuple[Phrase, ...] = ()
    """Phrases: all words of one of them are in the message, in any form."""
    hours: Literal["", "open", "closed"] = ""
    """Whether the line is open."""
    person: Literal["", "individual", "organisation", "new", "returning"] = ""
    """Kind of citizen; a returning one was served here before."""


class RuleThen(Struct, frozen=True, forbid_unknown_fields=True):
    """What is done, all of it in one step."""

    tag: Annotated[str, Meta(max_length=40)] = ""
    lead_min: Annotated[int, Meta(ge=0, le=MOST_S // 60)] = 0
    """Priority: it counts as having waited so many minutes longer."""
    queue: str = ""
    topic: str = ""
    note: Annotated[str, Meta(max_length=1000)] = ""
    seniors: bool = False
    """Alert all seniors who may see it."""
    people: tuple[Key, ...] = ()
    """Logins of those who are alerted."""
    reply: str = ""
    """Id of a canned reply of lines that the citizen gets."""

    @property
    def alerts(self) -> bool:
        return self.seniors or bool(self.people)


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    id: Key
    title: Annotated[str, Meta(min_length=1, max_length=100)]
    when: RuleEvent
    acts: RuleThen
    given: RuleIf = RuleIf()
    minutes: Annotated[int, Meta(ge=0, le=LONGEST_MIN)] = 0
    """Of UNANSWERED."""
    on: bool = True


class RuleSet(Document, frozen=True, omit_defaults=True, tag="rule_set"):
    """One version of all rules; it is never changed."""

    version: int
    at: datetime
    by: str
    rules: tuple[Rule, ...]
    why: str = ""


NONE_YET = RuleSet(0, datetime(2024, 1, 1, tzinfo=UTC), "", ())
"""Before the first version."""


def newest(versions: Iterable[RuleSet]) -> RuleSet | None:
    return max(versions, key=lambda each: each.version, default=None)


class RuleNames(Struct, frozen=True):
    """What rules may name, with its titles."""

    queues: Mapping[str, str]
    """Open lines."""
    topics: Mapping[str, str]
    replies: Mapping[str, str]
    people: Mapping[str, str]
    channels: Mapping[str, str]
    """Families."""


def index(rules: Sequence[Rule]) -> dict[RuleEvent, tuple[Rule, ...]]:
    """The rules that are on, by their event, in order."""
    return {event: found for event in RuleEvent if (found := tuple(each for each in rules if each.on and each.when is event))}


def tidy(rule: Rule) -> Rule:
    """Without spaces around words, and nothing twice."""
    given, then = rule.given, rule.acts
    words = tuple(dict.fromkeys(" ".join(each.split()) for each in given.words if each.strip()))
    tags = tuple(dict.fromkeys(each.strip() for each in given.tags if each.strip()))
    return replace(rule, title=rule.title.strip(), given=replace(given, words=words, tags=tags),
                   acts=replace(then, tag=then.tag.strip(), note=then.note.strip()))


def check(rules: Sequence[Rule], names: RuleNames) -> None:
    """Raises RefusedError("bad_rule") for the first rule that could not act."""
    if len(rules) > MOST:
        raise RefusedError("bad_rule", f"Правил может быть не больше {MOST}: удалите ненужные.")
    if len({each.id for each in rules}) < len(rules):
        raise RefusedError("bad_rule", "У двух правил один ключ.")
    for rule in rules:
        for fault in faults(rule, names):
            raise RefusedError("bad_rule", f"Правило «{rule.title}»: {fault}")


def faults(rule: Rule, names: RuleNames) -> Iterator[str]:
    """What is wrong with a rule, in Russian."""
    given, then = rule.given, rule.acts
    if not rule.title:
        yield "нужно название."
    if then == RuleThen():
        yield "выберите, что сделать."
    if (rule.when is RuleEvent.UNANSWERED) != (rule.minutes > 0):
        yield "укажите, сколько минут никто не отвечает."
    if given.words and rule.when is not RuleEvent.MESSAGE:
        yield "слова сверяют с сообщением заявителя: выберите «Заявитель написал»."
    if rule.when is RuleEvent.ENDED and (then.queue or then.lead_min or then.topic):
        yield "завершённый разговор не стоит в очереди: уберите линию, приоритет и тему."
    yield from (f"нет линии «{each}»." for each in (*given.queues, then.queue) if each and each not in names.queues)
    yield from (f"нет темы «{each}»." for each in (*given.topics, then.topic) if each and each not in names.topics)
    yield from (f"нет канала «{each}»." for each in given.channels if each not in names.channels)
    yield from (f"нет сотрудника «{each}»." for each in then.people if each not in names.people)
    if then.reply and then.reply not in names.replies:
        yield "такой заготовки для линий нет, или это макрос: выберите другую."


def differences(before: Sequence[Rule], after: Sequence[Rule]) -> list[str]:
    """The changes in Russian, one a line."""
    old, new = ({each.id: each for each in rules} for rules in (before, after))
    found = [f"Новое правило «{each.title}»." for each in after if each.id not in old]
    found += [f"Правило «{each.title}» удаляется." for each in before if each.id not in new]
    for key, now in new.items():
        was = old.get(key)
        if was is None or was == now:
            continue
        if replace(was, on=now.on) == now:
            found.append(f"Правило «{now.title}» {'включается' if now.on else 'выключается'}.")
        else:
            found.append(f"Правило «{now.title}» изменено.")
    if [each for each in old if each in new] != [each for each in new if each in old]:
        found.append("Порядок правил другой.")
    return found


def touched(before: Sequence[Rule], after: Sequence[Rule]) -> frozenset[str]:
    """Lines whose conversations a change concerns; "" stands for all, where a rule names none."""
    changed = [each for each in (*before, *after) if each not in before or each not in after] or [*after]
    return frozenset(queue for each in changed for queue in each.given.queues or ("",))


def packed(rule: Rule) -> Rule:
    """The rule for a file, without logins: a rule that alerts nobody else alerts the seniors."""
    then = replace(rule.acts, people=())
    return replace(rule, acts=then if then != RuleThen() else replace(then, seniors=True))


def unpacked(rule: Rule, known: Rule | None) -> Rule:
    """A rule of a file; who is alerted by name stays as it is known here."""
    if known is None:
        return rule
    return known if packed(known) == rule else replace(rule, acts=replace(rule.acts, people=known.acts.people))
