"""Builds the clients of departments' systems and portals, and runs simulated ones (`okno simulate-systems`)."""

import argparse
import asyncio
import signal
from collections.abc import Callable
from datetime import datetime, timedelta

from channels.ssrf_guard import networks
from channels.web.webhook_transport import HttpWebhookTransport
from hub.conversations.ports import Store
from hub.integrations.department_client import DepartmentClients, ServiceContract
from hub.integrations.department_handover import CallCentre
from hub.integrations.department_systems import System
from hub.integrations.webhook_delivery import WebhookDispatcher
from hub.kernel.patterns import Pattern
from hub.knowledge.catalogue.importer import CatalogueImport
from hub.knowledge.catalogue.portal_importer import Catalogues, PortalImport
from hub.knowledge.catalogue.portals import Portal
from hub.knowledge.editorial import Editorial
from okno import drivers
from okno.config import Config, ConfigError, PortalSettings, SystemSettings
from okno.demo.call_centre import CallCentreSystem
from okno.demo.departments import NAME, Departments
from okno.demo.mfc import MfcSystem

PORT = 8090
SYSTEM = drivers.DriverKind[System | CallCentre]("channels.systems", "systems")
PORTAL = drivers.DriverKind[Portal]("channels.systems", "portals")


def systems_of(config: Config, store: Store, now: Callable[[], datetime]) -> DepartmentClients:
    """The clients of a configuration, each by its driver's name: "department" is channels/systems/department.py. Raises ConfigError."""
    agreed = {each.id: ServiceContract(each.title, each.contract, system_of(each), _numbers(each.applications), each.municipal,
                                       each.department,
                              timedelta(hours=each.answers_h)) for each in config.systems}
    return DepartmentClients(agreed, store, now)


def _numbers(applications: str) -> Pattern | None:
    return Pattern(applications, ignore_case=False) if applications else None


def publicity_of(config: Config, store: Store, now: Callable[[], datetime]) -> WebhookDispatcher:
    """Webhook delivery, not started yet."""
    return WebhookDispatcher(store, HttpWebhookTransport(config.centre.code, networks(config.webhooks.internal_networks)), now)


def system_of(settings: SystemSettings) -> System | CallCentre:
    system = drivers.load(SYSTEM, settings.driver, settings.settings, settings.contract, where=f"{SYSTEM.setting}: {settings.id}")
    if isinstance(system, CallCentre) != bool(settings.department):
        message = f"systems: {settings.id}: department is named for call centres, and for them alone"
        raise ConfigError(message)
    return system


def portal_of(settings: PortalSettings) -> Portal:
    """By its driver's name: "portal" is channels/systems/portal.py. Raises ConfigError."""
    return drivers.load(PORTAL, settings.driver, settings.settings, settings.limit_s, where=f"{PORTAL.setting}: {settings.id}")


def catalogues_of(config: Config, editorial: Editorial, store: Store, now: Callable[[], datetime]) -> Catalogues:
    """Imports of the catalogue, from files and from the configured portals. Raises ConfigError."""
    importing = CatalogueImport(editorial, store)
    portals = {each.id: PortalImport(each.id, each.title, portal_of(each), importing, store, now) for each in config.portals}
    return Catalogues(importing, portals)


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
