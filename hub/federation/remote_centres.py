"""The centres on other deployments: which are reached, how long one waits there, and which are left alone for a while."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hub.conversations.address import Address
from hub.conversations.sequencer import ConversationSequencer
from hub.federation.handover_messages import handing_of
from hub.federation.ports import Link

ALONE = timedelta(seconds=60)
"""For so long the ladder hands nothing to a centre that could take none: by D9 an overload lasts at least a minute."""
UNTOLD_S = 0.0
"""The wait at a centre that tells none: if it has no room, its refusal says so (RT-09)."""
NEVER = datetime.min.replace(tzinfo=UTC)


class RemoteCentres:
    def __init__(self, sequencer: ConversationSequencer, link: Link | None, title: Callable[[str], str],
                 expects: Callable[[str], float | None]) -> None:
        """`title` is a centre's, `expects` how long one will wait there, in seconds, where that is known."""
        self.link, self.title, self._sequencer, self._expects = link, title, sequencer, expects
        self._alone: dict[str, datetime] = {}
        """Centres that the ladder hands nothing to, and until when."""

    @property
    def linked(self) -> bool:
        """Whether there is a line to any other deployment."""
        return self.link is not None and bool(self.link.centres)

    def reaches(self, centre: str, address: Address) -> bool:
        """Whether what comes by this address can be handed to a centre. The sound of a call does not travel; a guest only goes back."""
        travels = not (address.is_remote or self._sequencer.traits.of(address).spoken)
        return travels and self.link is not None and centre in self.link.centres

    def up(self, centre: str) -> bool:
        """Whether it was heard of lately."""
        return self.link is not None and self.link.up(centre)

    def beyond(self, address: Address) -> dict[str, float]:
        """Who would take what comes by this address now, with the wait that is predicted there, in seconds."""
        centres = self.link.centres if self.link is not None else ()
        would = [each for each in centres if self.reaches(each, address) and self.up(each) and not self._is_left_alone(each)]
        return {each: UNTOLD_S if (wait_s := self._expects(each)) is None else wait_s for each in would}

    def key(self, conversation: int) -> str:
        """A name for one more hand-over."""
        return handing_of(conversation, self._sequencer.new_id())

    def leave_alone(self, centre: str) -> None:
        """It did not take what it was handed: the ladder hands it nothing for a while."""
        self._alone[centre] = self._sequencer.now() + ALONE

    def _is_left_alone(self, centre: str) -> bool:
        return self._sequencer.now() < self._alone.get(centre, NEVER)
