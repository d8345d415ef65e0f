"""What a room shows on open desks, and what it hears from them."""

from typing import Any, ClassVar

from hub.desk.live.frames import Frame
from hub.desk.live.open_desks import OpenDesk


class LiveRoom:
    """Inherited by the live part of each room (hub/desk/<room>/live.py), which subscribes to the signals of its room."""

    sends: ClassVar[tuple[type[Frame], ...]] = ()
    hears: ClassVar[tuple[type[Frame], ...]] = ()

    def subscribe(self) -> None:
        """When all parts of the hub are there."""

    def greet(self, desk: OpenDesk) -> None:
        """A desk was opened."""

    def renew(self, desk: OpenDesk) -> None:
        """The account of an open desk is another one now."""

    def leave(self, desk: OpenDesk, watched: int) -> None:
        """A desk was closed, which showed a conversation, 0 for none."""

    async def hear(self, desk: OpenDesk, frame: Any) -> None:  # noqa: ANN401 - one of those that it hears
        """Raises RefusedError, ValueError."""

    async def close(self) -> None: ...
