"""Base of each room's live updates."""

from typing import Any, ClassVar

from hub.desk.live.frames import Frame
from hub.desk.live.open_desks import OpenDesk


class LiveRoom:
    """Base of the live part of each room (hub/desk/<room>/live.py), which subscribes to the signals of its room."""

    sends: ClassVar[tuple[type[Frame], ...]] = ()
    hears: ClassVar[tuple[type[Frame], ...]] = ()

    def subscribe(self) -> None:
        """Called when all parts of the hub exist."""

    def greet(self, desk: OpenDesk) -> None:
        """A desk connected."""

    def renew(self, desk: OpenDesk) -> None:
        """The account of a connected desk has changed."""

    def leave(self, desk: OpenDesk, watched: int) -> None:
        """A desk disconnected that showed a conversation, 0 for none."""

    async def hear(self, desk: OpenDesk, frame: Any) -> None:  # noqa: ANN401 - one of those that it hears
        """Raises RefusedError, ValueError."""

    async def close(self) -> None: ...
