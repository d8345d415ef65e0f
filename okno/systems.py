"""Builds the clients of departments' systems and portals."""

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
from okno.config import Config, PortalSettings, SystemSettings
from okno.faults.config_error import ConfigError

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
