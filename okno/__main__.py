"""Entry point of `okno` and `python -m okno`."""

import gc
import os
import sys

from okno.serving.supervisor import Supervisor, Watched

COLLECTOR = (50_000, 20, 100)
"""Messages leave no reference cycles, so the collector runs rarely: with the default of 700 it took a third of the time."""

SWITCH_S = 0.001
"""A computing thread (words, understanding, rows) yields to the event loop after this time. With the default of 5 ms and three such
threads `/healthz` took up to 345 ms during an attack (docs/benchmarks.md, Hostile)."""

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Before NumPy is read: its threads wait for each other in loops, and took 18 of the 42 ms of a processor for an answer to something new
(docs/benchmarks.md, Talk)."""


def main() -> int:
    """Run a command (okno.commands.cli); `okno run` is a child of this process (okno.serving.supervisor, okno.commands.run)."""
    if sys.argv[1:2] == ["run"]:
        return Supervisor(perform).run()
    return perform(None)


def perform(watched: Watched | None) -> int:
    gc.set_threshold(*COLLECTOR)
    sys.setswitchinterval(SWITCH_S)
    # Imported here because the collector's thresholds must be set before all modules are read.
    if watched is not None:
        from okno.commands.run import main as command  # noqa: PLC0415 - the process of the hub imports no other command
    else:
        from okno.commands.cli import main as command  # noqa: PLC0415

    gc.freeze()  # no collection at exit: it took a quarter of the time of a short command
    return command(watched=watched)


if __name__ == "__main__":
    sys.exit(main())
