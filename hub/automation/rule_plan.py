"""What a rule does to a conversation, in one step. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from hub.automation.rule import Rule
from hub.automation.situation import tags_with
from hub.conversations.conversation import Conversation, InQueue, Lead, WithBot, hand_over
from hub.conversations.journal import ConversationEvent, HandedOver, RuleActed
from hub.conversations.message import Author, Message
from hub.organisation.queue import Lines, Topic

WHY = "rule"
"""Reason of a hand-over by a rule."""


class Prepared(NamedTuple):
    """What a rule needs beside the conversation: names of who was alerted, and the reply to the citizen with its title.

    `unsaid` is why there is no reply.
    """

    alerted: Sequence[str] = ()
    reply: str = ""
    reply_title: str = ""
    unsaid: str = ""


def planned(rule: Rule, head: Conversation, prepared: Prepared, lines: Lines, topics: Mapping[str, Topic],
            now: datetime) -> tuple[tuple[ConversationEvent, ...], Conversation]:
    """The entries and the head after them; the first entry says what was done."""
    then, did, after = rule.acts, list[str](), head
    said: list[ConversationEvent] = []
    if then.tag:
        after = replace(after, tags=tags_with(after.tags, then.tag))
        did.append(f"метка «{then.tag}»")
    if then.topic and then.topic in topics:
        after = replace(after, topic=then.topic)
        did.append(f"тема «{topics[then.topic].title}»")
    if then.lead_min:
        after = replace(after, lead=Lead(then.lead_min * 60, rule.title))
        did.append(f"приоритет: как будто ждёт на {then.lead_min} мин дольше")
    if then.note:
        said.append(Message(Author.SYSTEM, then.note, now, internal=True))
        did.append("заметка")
    if then.alerts:
        did.append(f"сообщили: {', '.join(prepared.alerted)}" if prepared.alerted
                   else "сообщить некому: разговор никто из названных не видит")
    if then.reply:
        did.append(f"ответ «{prepared.reply_title}»" if prepared.reply else f"ответ не отправлен: {prepared.unsaid}")
        if prepared.reply:
            said.append(Message(Author.SYSTEM, prepared.reply, now))
    if then.queue:
        if why := unmoved(head, then.queue, lines):
            did.append(f"линия прежняя: {why}")
        else:
            waits = after.holder
            line = replace(waits, queue=then.queue) if isinstance(waits, InQueue) else InQueue(then.queue, now)
            after = hand_over(after, line)
            said.append(HandedOver(now, line, WHY))
            did.append(f"линия «{lines.title(then.queue)}»")
    acted = RuleActed(now, rule.id, rule.title, "; ".join(did), bool(prepared.reply))
    return (acted, *said), after


def unmoved(head: Conversation, queue: str, lines: Lines) -> str:
    """Why a conversation cannot go to a line, in Russian; "" where it can."""
    holder = head.holder
    if queue not in lines or lines[queue].successor:
        return "такой линии нет, или она закрыта"
    if not isinstance(holder, WithBot | InQueue):
        return "разговор уже не ждёт"
    if isinstance(holder, InQueue):
        if holder.queue == queue:
            return "разговор уже в ней"
        if holder.wanted:
            return "разговор передан сотруднику"
        if holder.queue in lines and lines[holder.queue].home != lines[queue].home:
            return "это линия другого центра"
    return ""
