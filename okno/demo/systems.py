"""`okno simulate-systems`: systems of a department, its call centre, and an МФЦ, for trials."""

import argparse
import asyncio
import signal

from okno.config import Config
from okno.demo.call_centre import CallCentreSystem
from okno.demo.departments import NAME, Departments
from okno.demo.mfc import MfcSystem
from okno.faults.config_error import ConfigError

PORT = 8090


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """`okno simulate-systems`."""
    simulated = commands.add_parser("simulate-systems", parents=[common], help="be systems of a department, its call centre, and an МФЦ")
    simulated.add_argument("--port", type=int, default=PORT, metavar="N",
                           help="on this machine alone, and the next two for the МФЦ and the call centre (default: %(default)s)")


async def perform(options: argparse.Namespace, config: Config) -> None:
    """Run a simulated department's system until SIGINT or SIGTERM; raises ConfigError."""
    del config
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        port = options.port
        async with (Departments(port) as departments, MfcSystem(port and port + 1) as mfc,
                    CallCentreSystem(port and port + 2) as call_centre):
            print(f"Система записи МФЦ      {mfc.url}")
            print(f"Ведомственная система   {departments.url}")
            print(f"Контакт-центр ведомства {call_centre.url}")
            print(f"Заявления выдуманы      {', '.join(departments.applications)}; заявитель {NAME}", flush=True)
            await stop.wait()
    except OSError as error:
        message = f"--port {options.port}: {error.strerror}"
        raise ConfigError(message) from error
