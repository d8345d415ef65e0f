"""Carries the actions of calls out: what the state machine (call.py) wants of the hub, the operators' telephones and the trunks."""

import logging
from collections.abc import Awaitable, Callable

from channels.voice.call_actions import Accept, Connect, Deed, Disconnect, Grade, Hush, Leave, Lose, Part, Refuse, Ring, Tell
from channels.voice.call_events import Asks, Withdrawn
from channels.voice.call_runner import CallRunner
from channels.voice.centre_trunks import CentreTrunks
from channels.voice.context import VoiceContext
from channels.voice.orphan_calls import OrphanCalls
from channels.voice.phones import Phones
from hub.kernel.errors import OknoError

log = logging.getLogger(__name__)


class CallDeeds:
    def __init__(self, shared: VoiceContext, phones: Phones, trunks: CentreTrunks, orphans: OrphanCalls, *,
                 say: Callable[[CallRunner, str], Awaitable[None]], failed: Callable[[CallRunner, Exception], None]) -> None:
        """`say` makes a caller's choice a message, `failed` counts an error of a call."""
        self._shared, self._phones, self._trunks, self._orphans = shared, phones, trunks, orphans
        self._say, self._failed = say, failed

    async def do(self, line: CallRunner, deed: Deed) -> None:  # noqa: C901, PLR0912 - one case for each action
        calls = self._shared.calls
        try:
            match deed:
                case Tell(text=text):
                    await self._say(line, text)
                case Ring(operator=operator):
                    await self._phones.ring(line, operator, offered=calls.bid(line, operator) is not None)
                case Hush(operator=operator):
                    await self._phones.hush(line, operator)
                case Accept(operator=operator) if (bid := calls.bid(line, operator)) is not None:
                    await bid.accept()
                case Refuse(operator=operator) if (bid := calls.bid(line, operator)) is not None:
                    await bid.refuse()
                case Accept(operator=operator) | Refuse(operator=operator):
                    # The offer was withdrawn at this moment, and the call is notified.
                    line.happened(Withdrawn(operator))
                case Part():
                    if await self._shared.intake.parted(line.conversation):
                        line.happened(Asks())
                case Grade(grade=grade):
                    await self._shared.intake.graded(line.conversation, grade)
                case Connect():
                    await self._trunks.connect(line)
                case Disconnect():
                    await self._trunks.disconnect(line)
                case Lose():
                    await self._shared.intake.lost_call(line.conversation)
                case Leave(lost=lost):
                    if lost:
                        await self._shared.intake.lost_call(line.conversation)
                    await self._orphans.left(line.conversation, line.address)
        except OknoError as error:
            self._undone(line, deed, error)

    def _undone(self, line: CallRunner, deed: Deed, error: OknoError) -> None:
        log.warning("action on a call failed", extra={"call": line.key, "deed": type(deed).__name__, "why": str(error)})
        match deed:
            case Accept(operator=operator):
                line.happened(Withdrawn(operator))
            case Tell():
                # Otherwise the caller would hear music for ever. The dial plan tries the hub again, and then all telephones ring.
                self._failed(line, error)
                line.lose(error)
            case _:
                pass
