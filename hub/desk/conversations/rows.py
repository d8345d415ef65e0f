"""List rows of conversations, each with its last message, including merged ones."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from hub.actions.attachments import OutboundAttachments
from hub.actions.snooze_service import SnoozeService
from hub.citizens.conversation_merging import ConversationMerging
from hub.conversations.conversation import Closed, Conversation, InQueue, WithBot, WithOperator, connected, waiting_since
from hub.conversations.journal import StoredEvent, spoken
from hub.conversations.message import Author, Message
from hub.conversations.ports import MeasuringChannel
from hub.conversations.question import asks, sums_up
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.conversations.citizen_view import CitizenView
from hub.desk.conversations.forms import ColleagueOut, ConversationOut, MergedOut, SnoozedOut
from hub.desk.conversations.talk_state import TalkState
from hub.desk.conversations.timeline_view import TimelineView
from hub.desk.http.parts import Channels, Clock
from hub.desk.live.open_desks import OpenDesks

SHOWN = 300
"""Characters of a text in a row."""


class ConversationRows:
    def __init__(self, sequencer: ConversationSequencer, merging: ConversationMerging, entries: TimelineView, citizen: CitizenView,
                 talk: TalkState, snooze_service: SnoozeService, outbound_attachments: OutboundAttachments, desks: OpenDesks,
                 channels: Channels, clock: Clock) -> None:
        self._sequencer, self._merging, self._entries, self._citizen, self._talk = sequencer, merging, entries, citizen, talk
        self._snooze_service, self._outbound_attachments, self._desks = snooze_service, outbound_attachments, desks
        self._channels, self._clock = channels, clock

    async def rows(self, heads: Sequence[Conversation]) -> list[ConversationOut]:
        """Before redaction (redaction.py)."""
        parts = {head.id: [live.head for live in await self._merging.parts(head)] for head in heads if head.parts}
        tails = await self._sequencer.tails([*heads, *(part for each in parts.values() for part in each)])
        return [self.row(head, _tail(head, parts.get(head.id, []), tails)) for head in heads]

    def row(self, head: Conversation, tail: Sequence[StoredEvent]) -> ConversationOut:
        last = next((said for r in reversed(tail) if (said := spoken(r.entry)) is not None), None)
        holder, citizen, talk = head.holder, self._citizen, self._talk
        waiting = waiting_since(holder) if isinstance(holder, InQueue | WithOperator) else None
        return ConversationOut(
            id=str(head.id), number=head.number, channel=head.address.channel, name=citizen.name(head), person=head.citizen.person,
            opened=head.opened, holder=self._entries.holder(holder), topic=head.topic, last=str(head.last),
            last_text=(last.text or _files(last))[:SHOWN] if last else "", last_author=last.author if last else None,
            last_at=last.at if last else None, question=_text(tail, asks), summary=_text(tail, sums_up), waiting_since=waiting,
            held_since=connected(holder) if isinstance(holder, WithOperator) else None,
            unread=self._unread(head, tail), typing=self._types(head), promise=citizen.promise(head),
            place=citizen.place(head), proposed=citizen.proposed(head), address=citizen.address(head),
            measured=head.address.channel in self._measured,
            callable=talk.callable(head), talks=talk.talks(head), company=talk.company(head), senior_asked=talk.senior_asked(head),
            recording=talk.recording(head), verification=citizen.verification(head),
            snoozed=self._snoozed(head.id), looking=self.looking(head.id), parts=self._parts(head),
            files=self._outbound_attachments.brings(head), danger=head.danger, priority=self._entries.priority(head),
            language=head.citizen.language, served_by=head.served_by, subject=head.subject,
            tags=list(head.tags))

    def looking(self, conversation: int) -> list[ColleagueOut]:
        """Operators who have a conversation open."""
        there = {desk.who.login: desk.who.name for desk in self._desks.watching(conversation)}
        return [ColleagueOut(login, name) for login, name in sorted(there.items(), key=lambda each: each[::-1])]

    @cached_property
    def _measured(self) -> frozenset[str]:
        """Channels whose carriers charge by length, cached as in telephony/outbound_calls.py."""
        return frozenset(name for name, each in self._channels.items() if isinstance(each, MeasuringChannel))

    def _parts(self, head: Conversation) -> list[MergedOut]:
        return [MergedOut(str(each.id), each.number, each.address.channel, self._citizen.address(each), each.merged.at,
                          self._outbound_attachments.brings(each))
                for live in self._merging.at_hand(head) if (each := live.head).merged is not None]

    def _snoozed(self, conversation: int) -> SnoozedOut | None:
        snooze = self._snooze_service.of(conversation)
        return SnoozedOut(snooze.until, snooze.why) if snooze else None

    def _unread(self, head: Conversation, tail: Iterable[StoredEvent]) -> int:
        """Messages of the citizen that no operator has read or answered."""
        if isinstance(head.holder, Closed | WithBot):
            return 0
        live = self._sequencer.active(head.id)
        seen, unread = live.seen_by_operator if live else 0, 0
        for record in tail:
            entry = record.entry
            if isinstance(entry, Message) and entry.author is Author.OPERATOR and not entry.internal:
                unread = 0
            elif isinstance(entry, Message) and entry.author is Author.CITIZEN and record.id > seen:
                unread += 1
        return unread

    def _types(self, head: Conversation) -> bool:
        return any(map(self._is_typing, (head.id, *(live.head.id for live in self._merging.at_hand(head)))))

    def _is_typing(self, conversation: int) -> bool:
        live = self._sequencer.active(conversation)
        at = live.citizen_typed if live else None
        return at is not None and (self._clock() - at).total_seconds() < 6  # noqa: PLR2004 - twice the widget's rhythm


def _tail(head: Conversation, parts: Sequence[Conversation], tails: Mapping[int, Sequence[StoredEvent]]) -> list[StoredEvent]:
    said = [record for each in (head, *parts) for record in tails.get(each.id, [])]
    return sorted(said, key=lambda record: record.id) if parts else said


def _text(tail: Sequence[StoredEvent], shows: Callable[[StoredEvent], bool]) -> str:
    """The text of the last record that is shown."""
    message = next((r.entry for r in reversed(tail) if shows(r)), None)
    return (message.text or _files(message))[:SHOWN] if isinstance(message, Message) else ""


def _files(message: Message) -> str:
    return ", ".join(attachment.name for attachment in message.attachments)
