"""Timeline entries in the desk's form."""


from hub.access.federal_separation import FederalDataPolicy
from hub.conversations.address import masked
from hub.conversations.assignment_reason import AssignmentReason, AssignmentRule, sentence
from hub.conversations.attachments import Check
from hub.conversations.conversation import (
    Closed,
    Conversation,
    Holder,
    InQueue,
    Promised,
    SetAside,
    WithBot,
    WithOperator,
    WithRemoteCentre,
)
from hub.conversations.journal import (
    Alarmed,
    Attempted,
    CallStage,
    Carried,
    ConversationEvent,
    Corrected,
    Deleted,
    Erased,
    HandedOver,
    Offered,
    OfferEnded,
    Placed,
    PromiseEnded,
    PromiseGiven,
    PutOnHold,
    RuleActed,
    SpeechRecognised,
    StoredEvent,
    Tagged,
    Telephoned,
    Thought,
    Transcribed,
    Verified,
    WrappedUp,
)
from hub.conversations.message import Attachment, Message
from hub.conversations.quarantine import Quarantine
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.conversations.forms import AttachmentOut, ColleagueOut, EntryOut, HolderOut, LineOut, PriorityOut
from hub.desk.organisation.places import Places
from hub.dispatch.dispatcher import Dispatch
from hub.federation.handover_sender import HandoverSender

VEILED = "Скрыто: это видит только получатель."


class TimelineView:
    """Journal entries in the API's form."""

    def __init__(self, dispatch: Dispatch, sequencer: ConversationSequencer, places: Places, federal_policy: FederalDataPolicy,
                 quarantine: Quarantine, handover_sender: HandoverSender) -> None:
        self._dispatch, self._sequencer, self._places, self._federal_policy = dispatch, sequencer, places, federal_policy
        self._quarantine, self._centre = quarantine, handover_sender.remote.title

    def holder(self, holder: Holder) -> HolderOut:  # noqa: PLR0911 - one screen shows every holder
        match holder:
            case WithBot():
                return HolderOut("bot")
            case InQueue(queue=queue, since=since, wanted=wanted):
                return HolderOut("queue", since, queue, wanted, self._dispatch.name(wanted) if wanted else "")
            case WithOperator(operator=operator, since=since, queue=queue):
                return HolderOut("operator", since, queue, operator, self._dispatch.name(operator))
            case Promised(queue=queue, since=since, owner=owner):
                return HolderOut("promised", since, queue, owner, self._dispatch.name(owner) if owner else "")
            case Closed(at=at, topic=topic, by=by):
                return HolderOut("closed", at, "", by, self._dispatch.name(by), topic)
            case WithRemoteCentre(centre=centre, since=since, queue=queue):
                return HolderOut("centre", since, queue, centre, self._centre(centre))
            case SetAside(since=since):
                return HolderOut("aside", since)

    def priority(self, head: Conversation) -> PriorityOut | None:
        found = self._dispatch.priority(head)
        return PriorityOut(found.cause, found.title, found.wait_s) if found else None

    def out(self, record: StoredEvent) -> EntryOut:  # noqa: PLR0911 - one screen shows every entry
        """An entry of the timeline."""
        entry: ConversationEvent = record.entry
        ids = str(record.id), str(record.conversation)
        match entry:
            case Message():
                key = entry.key if entry.by else self._of_carrier(record, entry.key)
                attachments = [self.attachment(record.conversation, each) for each in entry.attachments]
                return EntryOut(
                    *ids, "note" if entry.internal else "message", entry.at, entry.author, entry.name,
                    VEILED if entry.veiled else entry.text, key,
                    list(entry.choices), entry.source, attachments, by=entry.by, folded=entry.folded,
                    mentions=[ColleagueOut(login, self._dispatch.name(login)) for login in entry.mentions],
                    original=self.attachment(record.conversation, entry.original) if entry.original else None, cc=list(entry.cc))
            case HandedOver(at=at, holder=holder, why=why, by=by):
                return EntryOut(*ids, "handed_over", at, holder=self.holder(holder), why=why, by=by,
                                name=self._dispatch.name(by) if by else "")
            case Offered() | OfferEnded():
                return self._of_offer(ids, entry)
            case Placed(at=at, place=place, by=by):
                return EntryOut(*ids, "placed", at, text=self._places.title(place), by=by, name=self._dispatch.name(by) if by else "")
            case Verified(at=at, level=level, how=how, by=by):
                return EntryOut(*ids, "verified", at, text=level.name.lower(), why=how, by=by, name=self._dispatch.name(by) if by else "")
            case Corrected(at=at, what=what, by=by, record=of, text=text, back=back):
                return EntryOut(*ids, "corrected", at, text=text, key="back" if back else "", why=what, by=by,
                                name=self._dispatch.name(by) if by else "", record=str(of) if of else "")
            case Thought(at=at, record=of, intent=intent, confidence=confidence):
                return EntryOut(*ids, "thought", at, text=intent, why=f"{confidence:.2f}", record=str(of))
            case Erased(at=at, cause=cause, by=by):
                return EntryOut(*ids, "erased", at, why=cause, by=by, name=self._dispatch.name(by) if by else "")
            case (Carried() | SpeechRecognised() | Transcribed() | Deleted() | Telephoned() | PutOnHold() | WrappedUp() | Tagged()
                  | RuleActed()):
                return self._of_message(ids, record, entry)
            case _:
                return self._of_promise(ids, entry)

    def attachment(self, conversation: int, attachment: Attachment) -> AttachmentOut:
        """A file with its current state."""
        held = self._quarantine.quarantined(conversation, attachment.file)
        state, found = (held.state, held.found) if held else (Check.CLEAN, "")
        return AttachmentOut(attachment.file, attachment.name, attachment.type, attachment.size, state, found)

    def _of_message(self, ids: tuple[str, str], record: StoredEvent,
                    entry: Carried | SpeechRecognised | Transcribed | Deleted | Telephoned | PutOnHold | WrappedUp | Tagged | RuleActed,
                    ) -> EntryOut:
        if isinstance(entry, Tagged | RuleActed):
            return self._of_tags(ids, entry)
        if isinstance(entry, PutOnHold | WrappedUp | Telephoned):
            return self._of_talk(ids, entry)
        of = str(entry.record)
        match entry:
            case SpeechRecognised(at=at, text=text):
                return EntryOut(*ids, "heard", at, text=text, record=of)
            case Transcribed(at=at, lines=lines, why=why):
                text = "\n".join(line.text for line in lines)
                return EntryOut(*ids, "transcribed", at, text=text, why=why, record=of,
                                lines=[LineOut(line.at_ms, line.author, line.text) for line in lines])
            case Deleted(at=at):
                return EntryOut(*ids, "deleted", at, record=of)
            case Carried(at=at, state=state, why=why):
                return EntryOut(*ids, "carried", at, why=state, text=self._of_carrier(record, why), record=of)

    def _of_talk(self, ids: tuple[str, str], entry: PutOnHold | WrappedUp | Telephoned) -> EntryOut:
        if isinstance(entry, PutOnHold):
            return EntryOut(*ids, "held", entry.at, why="on" if entry.on else "off", by=entry.by, name=self._dispatch.name(entry.by))
        if isinstance(entry, WrappedUp):
            return EntryOut(*ids, "wrapped_up", entry.at, text=str(round((entry.at - entry.since).total_seconds())), by=entry.by,
                            name=self._dispatch.name(entry.by))
        talk = entry.stage in {CallStage.JOINED, CallStage.PARTED}
        return EntryOut(*ids, "telephoned", entry.at, why=entry.stage, key=entry.call, by=entry.party if talk else "",
                        name=self._dispatch.name(entry.party) if talk else "",
                        text="" if talk else str(entry.cause) if entry.cause else entry.party)

    def _of_tags(self, ids: tuple[str, str], entry: Tagged | RuleActed) -> EntryOut:
        if isinstance(entry, RuleActed):
            return EntryOut(*ids, "rule_acted", entry.at, name=entry.title, text=entry.text)
        return EntryOut(*ids, "tagged", entry.at, text=entry.name, why="off" if entry.off else "on", by=entry.by,
                        name=self._dispatch.name(entry.by))

    def _of_carrier(self, record: StoredEvent, words: str) -> str:
        """A carrier's text, which may contain the citizen's address."""
        live = self._sequencer.active(record.conversation)
        return self._federal_policy.reason(live.head, words) if live else masked(words)

    def _of_offer(self, ids: tuple[str, str], entry: Offered | OfferEnded) -> EntryOut:
        name = self._dispatch.name(entry.operator)
        if isinstance(entry, OfferEnded):
            return EntryOut(*ids, "offer_ended", entry.at, why=entry.how, by=entry.operator, name=name)
        return EntryOut(*ids, "offered", entry.at, by=entry.operator, name=name, text=sentence(entry.why, name, self._rival(entry.why)))

    def _of_promise(self, ids: tuple[str, str], entry: PromiseGiven | Attempted | Alarmed | PromiseEnded) -> EntryOut:
        match entry:
            case Alarmed(at=at, percent=percent):
                return EntryOut(*ids, "alarmed", at, why=str(percent))
            case PromiseGiven(why=why):
                kind, said = "promise_given", why
            case Attempted(outcome=outcome):
                kind, said = "attempted", outcome
            case _:
                kind, said = "promise_ended", entry.how
        return EntryOut(*ids, kind, entry.at, why=said, by=entry.by, name=self._dispatch.name(entry.by) if entry.by else "")

    def _rival(self, why: AssignmentReason) -> str:
        """The rival's readable name: an operator's name or a conversation's number."""
        if why.rule is not AssignmentRule.WAITING:
            return self._dispatch.name(why.rival)
        live = self._sequencer.active(int(why.rival)) if why.rival else None
        return live.head.number if live else why.rival
