"""Centres on other deployments: availability, expected waits, and pauses after a refusal."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hub.conversations.address import Address
from hub.conversations.sequencer import ConversationSequencer
from hub.federation.handover_messages import handing_of
from hub.federation.ports import Link

ALONE = timedelta(seconds=60)
"""How long overflow skips a centre that refused: by D9 an overload lasts at least a minute."""
UNTOLD_S = 0.0
"""Assumed wait of a centre that reports none: if it is full, it refuses (RT-09)."""
NEVER = datetime.min.replace(tzinfo=UTC)


class RemoteCentres:
    def __init__(self, sequencer: ConversationSequencer, link: Link | None, title: Callable[[str], str],
                 expects: Callable[[str], float | None], connects: Callable[[str], bool]) -> None:
        """`title` is a centre's, `expects` its expected wait in seconds, where that is known.

        `connects` tells whether a call can be connected to it.
        """
        self.link, self.title, self._sequencer, self._expects, self._connects = link, title, sequencer, expects, connects
        self._alone: dict[str, datetime] = {}
        """Centres skipped by overflow, and until when."""

    @property
    def linked(self) -> bool:
        """Whether there is a link to any other deployment."""
        return self.link is not None and bool(self.link.centres)

    def reaches(self, centre: str, address: Address) -> bool:
        """Whether a conversation at this address can be handed to a centre.

        A call needs a trunk to it, and may be handed on; what was written by way of another centre can only be returned. A visitor stays.
        """
        if self.link is None or centre not in self.link.centres or centre == address.sender:
            return False
        traits = self._sequencer.traits.of(address)
        return not traits.registered and self._connects(centre) if traits.spoken else not address.is_remote

    def up(self, centre: str) -> bool:
        """Whether it was heard of recently."""
        return self.link is not None and self.link.up(centre)

    def beyond(self, address: Address) -> dict[str, float]:
        """Centres that would take a conversation at this address now, with the expected wait in seconds."""
        centres = self.link.centres if self.link is not None else ()
        would = [each for each in centres if self.reaches(each, address) and self.up(each) and not self._is_left_alone(each)]
        return {each: UNTOLD_S if (wait_s := self._expects(each)) is None else wait_s for each in would}

    def key(self, conversation: int) -> str:
        """Id of a new hand-over."""
        return handing_of(conversation, self._sequencer.new_id())

    def leave_alone(self, centre: str) -> None:
        """It refused a hand-over: overflow skips it for a while."""
        self._alone[centre] = self._sequencer.now() + ALONE

    def _is_left_alone(self, centre: str) -> bool:
        return self._sequencer.now() < self._alone.get(centre, NEVER)
