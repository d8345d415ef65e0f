"""The steps that each message of a citizen passes before it is stored, in their order.

A step reads the draft, may add entries or change the head, and tells whether the draft is complete. Steps are quick and never
wait: the message, and the answer that the robot knows at once, commit together in one fsync.
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
    """What one message becomes: the entries to store and the conversation's head after them."""

    incoming: Incoming
    before: Conversation
    """The head as it stands."""
    head: Conversation
    """The head after the steps so far."""
    begins: bool
    """Whether nothing was said in the conversation yet, or a person had it last."""
    now: datetime
    message: Message
    """As it is stored."""
    entries: list[ConversationEvent] = field(default_factory=list)
    opt_out: bool = False
    """The citizen refuses notices, or wants them again: obeyed by the hub, whoever holds the conversation."""
    query: bool = False
    """A question by number: answered by the hub, whoever holds the conversation."""
    owed: bool = False
    """A reaction follows the commit (reactions.py)."""
    patient: bool = False
    """A person reads it: the commit may wait some milliseconds, so that one fsync serves several."""

    @property
    def changed(self) -> Conversation | None:
        """The new head; None where it stays."""
        return None if self.head is self.before else self.head


class IntakePipeline:
    def __init__(self, sequencer: ConversationSequencer, voice: RobotVoice, *, opt_outs: OptOuts, intake_filter: IntakeFilter,
                 secrets: MessageSecrets, speech_to_text: SpeechToText, correspondence: Correspondence | None = None,
                 csat: CsatAnswers | None = None) -> None:
        """`correspondence` awaits answers to the centre's own letters; `csat` has asked citizens how content they were."""
        self._sequencer, self._voice, self._opt_outs, self._filter = sequencer, voice, opt_outs, intake_filter
        self._secrets, self._speech, self._correspondence, self._csat = secrets, speech_to_text, correspondence, csat
        self._steps: tuple[Callable[[Draft], bool], ...] = (
            self.grade, self.redact, self.screen, self.come_back, self.answer_by_robot, self.leave_to_person)

    def draft(self, head: Conversation, incoming: Incoming, *, begun: bool) -> Draft:
        """`begun` tells whether anything was said in the conversation before."""
        now = self._sequencer.now()
        message = Message(CITIZEN, whole(incoming.text), now, key=incoming.key, attachments=incoming.attachments,
                          folded=incoming.folded and whole(incoming.folded))
        draft = Draft(incoming, head, head, not begun or not isinstance(head.holder, WithBot), now, message)
        for step in self._steps:
            if step(draft):
                break
        return draft

    def grade(self, draft: Draft) -> bool:
        """An answer to how content the citizen was is counted by reactions.py, and begins nothing."""
        if self._csat is None or (grade := self._csat.takes(draft.head, draft.message)) is None:
            return False
        draft.entries.append(grade)
        draft.owed = True
        return True

    def redact(self, draft: Draft) -> bool:
        """Hide what must not be stored. An opt-out and a question by number are recognised here."""
        address, query = draft.incoming.address, self._secrets.hide_code(draft.message)
        draft.opt_out = self._sequencer.carried(address) and self._opt_outs.wish(address, draft.message) is not None
        draft.query = query is not None
        draft.message = query or (draft.message if draft.opt_out else self._secrets.hide(draft.head, draft.message))
        draft.entries.append(draft.message)
        if draft.incoming.note:
            draft.entries.append(Message(Author.SYSTEM, draft.incoming.note, draft.now, internal=True))
        return False

    def screen(self, draft: Draft) -> bool:
        """Blocked senders and floods are set aside."""
        if draft.opt_out or draft.head.merged is not None:
            return False
        return _set_aside(draft, self._filter.comes(draft.head, draft.now, begins=draft.begins))

    def come_back(self, draft: Draft) -> bool:
        """The citizen had left, or the conversation was closed: it goes on where they left, or begins with the robot again."""
        if draft.opt_out or isinstance(draft.head.holder, WithBot):
            return False
        if (back := on_return(draft.head, draft.now, self._sequencer.traits)) is not None:
            entries, draft.head = back
            draft.entries += entries
            if isinstance(draft.head.holder, WithBot):
                draft.entries += self._voice.announced(draft.now)
        return False

    def answer_by_robot(self, draft: Draft) -> bool:
        """The robot's turn: what it knows at once is part of the draft, all else is owed. Messages alike in a flood are set aside."""
        holder = draft.head.holder
        if draft.opt_out or not isinstance(holder, WithBot):
            return False
        if (reply := None if draft.query else self._recall(draft, holder)) is not None:
            self._reply(draft, holder, reply)
            return True
        if _set_aside(draft, self._filter.says_alike(draft.head, draft.incoming.text, draft.now)):
            return True
        if draft.incoming.written:  # the author of a letter cannot be asked back: as if that had been done already
            draft.head = hand_over(draft.head, replace(holder, misses=max(holder.misses, 1)))
        draft.owed = True
        return True

    def leave_to_person(self, draft: Draft) -> bool:
        """A person has the conversation, or will: danger to life is noted at once, and nothing is owed but what the hub does itself."""
        head, by_hub = draft.head, draft.opt_out or draft.query
        draft.owed = (
            by_hub or isinstance(head.holder, Promised | WithRemoteCentre) or head.merged is not None
            or (self._correspondence is not None and self._correspondence.awaits(draft.incoming.address))
            or (bool(draft.incoming.attachments) and self._speech.concerns(draft.message)))
        # What is said in a merged conversation, or to whom an answer is owed, reactions.py looks at.
        if not by_hub and head.merged is None and not isinstance(head.holder, Promised) and (
                alarm := self._voice.endangered(head, whole(draft.incoming.text), draft.now)) is not None:
            entries, draft.head = alarm
            draft.entries += entries
        draft.patient = not draft.owed and draft.changed is None
        return True

    def _recall(self, draft: Draft, holder: WithBot) -> Reply | None:
        """The answer that the robot knows at once.

        Nobody waits beside a letter: a sender of many is acknowledged first and answered afterwards.
        """
        incoming = draft.incoming
        if incoming.attachments or incoming.written or holder.misses or self._voice.engine.talks(holder.dialogue):
            return None
        reply = self._voice.bot.recall(incoming.text, incoming.address.channel, draft.head.place)
        return reply if isinstance(reply, Reply) else None

    def _reply(self, draft: Draft, holder: WithBot, reply: Reply) -> None:
        """The robot answers, after its introduction if it has made none."""
        if holder.greets:
            draft.entries += self._voice.introduction(draft.now, draft.head.address)
            draft.head = hand_over(draft.head, WithBot())
        draft.entries.append(self._voice.reply(reply, draft.now))
        if reply.topic and not draft.head.topic:
            draft.head = replace(draft.head, topic=reply.topic)


def _set_aside(draft: Draft, aside: OpenStep | None) -> bool:
    if aside is None:
        return False
    entries, head = aside
    draft.entries += entries
    draft.head = head or draft.head
    return True
