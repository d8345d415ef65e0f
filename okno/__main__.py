"""Entry point of `okno` and `python -m okno`."""

import gc
import sys

from okno.serving.supervisor import Supervisor, Watched

COLLECTOR = (50_000, 20, 100)
"""Messages leave no cycles behind, so the collector may run rarely: with the default of 700 it took a third of the time."""

SWITCH_S = 0.001
"""A thread that computes (words, understanding, rows) gives way to the event loop after so long. With the default of 5 ms and three of
them `/healthz` took up to 345 ms while strangers attacked (docs/benchmarks.md, Hostile)."""


def main() -> int:
    """Run a command (okno.commands.cli); `okno run` is a child of this process (okno.serving.supervisor, okno.commands.run)."""
    if sys.argv[1:2] == ["run"]:
        return Supervisor(perform).run()
    return perform(None)


def perform(watched: Watched | None) -> int:
    gc.set_threshold(*COLLECTOR)
    sys.setswitchinterval(SWITCH_S)
    # The collector is told before it looks through every module as it is read.
    if watched is not None:
        from okno.commands.run import main as command  # noqa: PLC0415 - and a hub has no other command
    else:
        from okno.commands.cli import main as command  # noqa: PLC0415

    gc.freeze()  # nor collect them at exit: a quarter of the time of a short command
    return command(watched=watched)


if __name__ == "__main__":
    sys.exit(main())
