"""Call events of channels: progress, recordings, the caller's CSAT grade, and offline calls, which went on without the hub."""

from hub.conversations.address import Citizen
from hub.conversations.journal import Telephoned
from hub.conversations.message import Author, Message
from hub.conversations.opener import Opener
from hub.conversations.sequencer import ConversationSequencer
from hub.intake.ports import CsatAnswers, RemoteCalls
from hub.kernel.signal import Signal
from hub.telephony.offline_calls import OfflineCall, retold, words
from hub.telephony.ports import OnDialled, OnRecorded, TalkEvents


class CallEvents:
    """hub.intake.ports.Intake: telephoned, bygone, parted, graded, recorded, phoned, held, consulted, passed_on, stirred.

    Of calls at other centres also handed_call and lost_call.
    """

    def __init__(self, sequencer: ConversationSequencer, opener: Opener, *, queue: str, recorded: OnRecorded, phoned: OnDialled,
                 talks: TalkEvents, remote: RemoteCalls, csat: CsatAnswers | None = None) -> None:
        """`queue` is the line of a caller whose call the hub did not see; `csat` asks callers for a grade."""
        self._sequencer, self._opener, self._queue, self._csat = sequencer, opener, queue, csat
        self.recorded, self.phoned = recorded, phoned
        self.held, self.consulted, self.passed_on = talks.held, talks.consulted, talks.passed_on
        self.handed_call, self.lost_call = remote.handed_call, remote.lost_call
        self.on_stir = Signal[[int]]()
        """The displayed state of a call has changed."""

    def stirred(self, conversation: int) -> None:
        self.on_stir(conversation)

    async def parted(self, conversation: int) -> bool:
        return self._csat is not None and await self._csat.parted(conversation)

    async def graded(self, conversation: int, grade: int) -> None:
        if self._csat is not None:
            await self._csat.graded(conversation, grade)

    async def telephoned(self, conversation: int, entry: Telephoned) -> None:
        live = await self._sequencer.load(conversation)
        if live.head.erased is None:
            await self._sequencer.committed_step(live, (entry,))

    async def bygone(self, call: OfflineCall) -> None:
        number = call.conversation or (await self._opener.begin(call.address, Citizen(), call.place, call.began))[0].head.id
        live, key = await self._sequencer.load(number), f"away:{call.key}"
        if live.head.erased is not None:
            return
        if (known := live.keys.get(("", key))) is not None:
            await self._sequencer.stored(live, known)
            return
        entries, head = retold(live.head, call, self._queue, self._sequencer.traits)
        note = Message(Author.SYSTEM, words(call), self._sequencer.now(), key=key, internal=True)
        await self._sequencer.committed_step(live, (*entries, note), head=head)
