"""The intake pipeline: the steps that each message of a citizen passes before it is stored, in order.

A step reads the draft, may add entries or change the head, and returns whether the draft is complete. Steps are fast and never
await: the message and the robot's immediate answer commit together in one fsync.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from hub.conversations.citizen_left import on_return
from hub.conversations.conversation import Conversation, Promised, WithBot, WithRemoteCentre, hand_over
from hub.conversations.journal import ConversationEvent
from hub.conversations.message import CITIZEN, Author, Message, whole
from hub.conversations.ports import Correspondence, Incoming
from hub.conversations.sequencer import ConversationSequencer
from hub.conversations.step import OpenStep
from hub.intake.intake_filter import IntakeFilter
from hub.intake.message_secrets import MessageSecrets
from hub.intake.ports import CsatAnswers
from hub.notifications.opt_outs import OptOuts
from hub.robot.ports import Reply
from hub.robot.voice import RobotVoice
from hub.telephony.speech_to_text import SpeechToText


class Draft(Struct):
    """The draft of one commit: entries to store and the new head of the conversation."""

    incoming: Incoming
    before: Conversation
    """The current head."""
    head: Conversation
    """The head after the steps so far."""
    begins: bool
    """Whether the conversation is empty, or an operator had it last."""
    now: datetime
    message: Message
    """The message in its stored form."""
    entries: list[ConversationEvent] = field(default_factory=list)
    opt_out: bool = False
    """An opt-out, or its withdrawal: the hub obeys it, whoever holds the conversation."""
    query: bool = False
    """A number query: the hub answers it, whoever holds the conversation."""
    owed: bool = False
    """A reaction follows the commit (reactions.py)."""
    patient: bool = False
    """An operator reads it: the commit may wait some milliseconds, so that one fsync serves several."""

    @property
    def changed(self) -> Conversation | None:
        """The new head; None where it stays."""
        return None if self.head is self.before else self.head


class IntakePipeline:
    def __init__(self, sequencer: ConversationSequencer, voice: RobotVoice, *, opt_outs: OptOuts, intake_filter: IntakeFilter,
                 secrets: MessageSecrets, speech_to_text: SpeechToText, correspondence: Correspondence | None = None,
                 csat: CsatAnswers | None = None) -> None:
        """`csat` recognises answers to the question how satisfied the citizen was."""
        self._sequencer, self._voice, self._opt_outs, self._filter = sequencer, voice, opt_outs, intake_filter
        self._secrets, self._speech, self._correspondence, self._csat = secrets, speech_to_text, correspondence, csat
        self._steps: tuple[Callable[[Draft], bool], ...] = (
            self.grade, self.redact, self.screen, self.come_back, self.answer_by_robot, self.leave_to_person)

    def draft(self, head: Conversation, incoming: Incoming, *, begun: bool) -> Draft:
        """`begun`: the conversation already has messages."""
        now = self._sequencer.now()
        message = Message(CITIZEN, whole(incoming.text), now, key=incoming.key, name=incoming.writer and whole(incoming.writer),
                          attachments=incoming.attachments, folded=incoming.folded and whole(incoming.folded),
                          cc=incoming.cc, original=incoming.original)
        draft = Draft(incoming, head, head, not begun or not isinstance(head.holder, WithBot), now, message)
        for step in self._steps:
            if step(draft):
                break
        return draft

    def grade(self, draft: Draft) -> bool:
        """An answer to the CSAT question: reactions.py counts it, and it reopens nothing."""
        if self._csat is None or (grade := self._csat.takes(draft.head, draft.message)) is None:
            return False
        draft.entries.append(grade)
        draft.owed = True
        return True

    def redact(self, draft: Draft) -> bool:
        """Redact secrets. Opt-outs and number queries are recognised here."""
        address, query = draft.incoming.address, self._secrets.hide_code(draft.message)
        draft.opt_out = self._sequencer.carried(address) and self._opt_outs.wish(address, draft.message) is not None
        draft.query = query is not None
        draft.message = query or (draft.message if draft.opt_out else self._secrets.hide(draft.head, draft.message))
        draft.entries.append(draft.message)
        subject = self._secrets.subject(draft.head, draft.message, whole(draft.incoming.subject)) if draft.incoming.subject else ""
        if subject not in {"", draft.head.subject}:
            draft.head = replace(draft.head, subject=subject)
        if draft.incoming.note:
            draft.entries.append(Message(Author.SYSTEM, draft.incoming.note, draft.now, internal=True))
        return False

    def screen(self, draft: Draft) -> bool:
        """Set blocked senders and floods aside."""
        if draft.opt_out or draft.head.merged is not None:
            return False
        return _set_aside(draft, self._filter.comes(draft.head, draft.now, begins=draft.begins))

    def come_back(self, draft: Draft) -> bool:
        """The citizen returns to a left or closed conversation: it resumes where they left, or restarts with the robot."""
        if draft.opt_out or isinstance(draft.head.holder, WithBot):
            return False
        if (back := on_return(draft.head, draft.now, self._sequencer.traits)) is not None:
            entries, draft.head = back
            draft.entries += entries
            if isinstance(draft.head.holder, WithBot):
                draft.entries += self._voice.announced(draft.now)
        return False

    def answer_by_robot(self, draft: Draft) -> bool:
        """The robot's turn: an immediate answer joins the draft, any other is owed. Equal messages of a flood are set aside."""
        holder = draft.head.holder
        if draft.opt_out or not isinstance(holder, WithBot):
            return False
        if (reply := None if draft.query else self._recall(draft, holder)) is not None:
            self._reply(draft, reply)
            return True
        if _set_aside(draft, self._filter.says_alike(draft.head, draft.incoming.text, draft.now)):
            return True
        if draft.incoming.written:  # no clarifying question to the author of a letter: counts as already asked
            draft.head = hand_over(draft.head, replace(holder, misses=max(holder.misses, 1)))
        draft.owed = True
        return True

    def leave_to_person(self, draft: Draft) -> bool:
        """An operator has the conversation, or will: danger to life is noted at once; only the hub's own answers are owed."""
        head, by_hub = draft.head, draft.opt_out or draft.query
        draft.owed = (
            by_hub or isinstance(head.holder, Promised | WithRemoteCentre) or head.merged is not None
            or (self._correspondence is not None and self._correspondence.awaits(draft.incoming.address))
            or (bool(draft.incoming.attachments) and self._speech.concerns(draft.message)))
        # reactions.py handles messages in a merged conversation, or in one whose answer is promised.
        if not by_hub and head.merged is None and not isinstance(head.holder, Promised) and (
                alarm := self._voice.endangered(head, whole(draft.incoming.text), draft.now)) is not None:
            entries, draft.head = alarm
            draft.entries += entries
        draft.patient = not draft.owed and draft.changed is None
        return True

    def _recall(self, draft: Draft, holder: WithBot) -> Reply | None:
        """The robot's immediate answer.

        None for letters: a carrier with many letters is acknowledged first, and they are answered afterwards.
        """
        incoming = draft.incoming
        if incoming.attachments or incoming.written or holder.misses or self._voice.engine.talks(holder.dialogue):
            return None
        reply = self._voice.bot.recall(incoming.text, incoming.address.channel, draft.head.place)
        return reply if isinstance(reply, Reply) else None

    def _reply(self, draft: Draft, reply: Reply) -> None:
        """Add the robot's answer, after its introduction if it has not been given."""
        if introduction := self._voice.first_introduction(draft.head, draft.now):
            draft.entries += introduction
            draft.head = hand_over(draft.head, WithBot())
        draft.entries.append(self._voice.reply(reply, draft.now, draft.head.address))
        if reply.topic and not draft.head.topic:
            draft.head = replace(draft.head, topic=reply.topic)


def _set_aside(draft: Draft, aside: OpenStep | None) -> bool:
    if aside is None:
        return False
    entries, head = aside
    draft.entries += entries
    draft.head = head or draft.head
    return True
