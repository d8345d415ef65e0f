"""The intake facade: everything a channel may call of the hub, delegated to the part that implements it."""

from hub.conversations.ports import OnDelivered
from hub.intake.acceptance import MessageAcceptance
from hub.intake.calls import CallEvents
from hub.intake.intake_filter import IntakeFilter
from hub.intake.ports import CitizenProofs, FileGuard
from hub.intake.presence import CitizenPresence
from hub.privacy.ports import DataSubject
from hub.telephony.speech_to_text import SpeechToText


class MessageIntake:
    """hub.intake.ports.Intake."""

    def __init__(self, acceptance: MessageAcceptance, presence: CitizenPresence, calls: CallEvents, *, intake_filter: IntakeFilter,
                 guard: FileGuard, proofs: CitizenProofs, subject: DataSubject, delivered: OnDelivered,
                 speech_to_text: SpeechToText) -> None:
        self.presence, self.calls, self.subject, self.delivered = presence, calls, subject, delivered
        self.accept = acceptance.accept
        self.open, self.left, self.find = presence.open, presence.left, presence.find
        self.transcript, self.standing, self.typing, self.seen = presence.transcript, presence.standing, presence.typing, presence.seen
        self.recorded, self.phoned, self.held, self.consulted = calls.recorded, calls.phoned, calls.held, calls.consulted
        self.passed_on, self.handed_call, self.lost_call = calls.passed_on, calls.handed_call, calls.lost_call
        self.stirred, self.parted, self.graded = calls.stirred, calls.parted, calls.graded
        self.telephoned, self.bygone = calls.telephoned, calls.bygone
        self.admit, self.challenge, self.answered, self.called = (
            intake_filter.admit, intake_filter.challenge, intake_filter.answered, intake_filter.called)
        self.overheard = speech_to_text.overheard
        self.keep, self.quarantined = guard.keep, guard.quarantined
        self.provable, self.ticket, self.secure = proofs.provable, proofs.ticket, proofs.secure
