"""The hub's heartbeat for its supervisor: the event loop is running, and how long it may be silent."""

import asyncio
import faulthandler
import logging
import os
import resource
from contextlib import suppress

from okno.serving.supervisor import Watched

log = logging.getLogger(__name__)

BEAT_S = 1.0
STARTING_S = 60.0
"""Loading a large database, or a model, may block the loop for seconds."""


class Heartbeat:
    """The heartbeat of one process. Without a supervisor it does nothing."""

    def __init__(self, watched: Watched | None, stall_s: float) -> None:
        self._watched, self._stall_s, self._patience_s = watched, stall_s, max(STARTING_S, stall_s)
        self._timer: asyncio.TimerHandle | None = None

    @property
    def stalls(self) -> int:
        """Number of stalls since the service was started."""
        return self._watched.stalls if self._watched else 0

    @property
    def crashed(self) -> bool:
        """Whether the previous process was ended by a stall or a signal: the same operation may do it again."""
        return self._watched is not None and bool(self._watched.ended_by)

    @property
    def did(self) -> bytes:
        """The operation of that process at its end; b"" for an unknown one."""
        return self._watched.did if self._watched else b""

    def does(self, what: bytes) -> None:
        """The loop begins an operation without a pause, to be known after a stall. b"" at its end."""
        if self._watched is not None:
            self._watched.does(what)

    def start(self) -> None:
        """Called first in the event loop: logs the end of the previous process, and prepares the dump of stacks for this one."""
        if self._watched is None:
            return
        if self.crashed:
            log.critical("previous process crashed or stalled: restarted",
                         extra={"by": self._watched.ended_by, "stack": self._watched.told, "stalls": self.stalls})
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))  # a core dump contains citizens' data
        faulthandler.enable(self._watched.stacks, all_threads=True)
        self._beat()

    def up(self) -> None:
        """Everything is loaded: from now on the loop must not be blocked for longer than allowed."""
        self._patience_s = self._stall_s
        self._tell(self._patience_s)

    def down(self) -> None:
        """The hub is being restarted within this process."""
        self._patience_s = max(STARTING_S, self._stall_s)
        self._tell(self._patience_s)

    def stop(self) -> None:
        """The loop ends normally: remaining threads have unlimited time."""
        if self._timer is not None:
            self._timer.cancel()
            self._tell(0)

    def _beat(self) -> None:
        self._tell(self._patience_s)
        self._timer = asyncio.get_running_loop().call_later(BEAT_S, self._beat)

    def _tell(self, patience_s: float) -> None:
        if self._watched is not None:
            with suppress(BlockingIOError, BrokenPipeError):  # a stopped supervisor reads it later; a dead one has ended this process
                os.write(self._watched.beats, f"{patience_s:g}\n".encode())


UNWATCHED = Heartbeat(None, STARTING_S)
"""For a hub without a supervisor."""
