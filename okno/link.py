"""The link to centres on other deployments, by the configuration."""

from hub.federation.ports import Link
from okno import drivers
from okno.config import Config
from okno.faults.config_error import ConfigError

LINK = drivers.DriverKind[Link]("hub.link", "link", extra="cluster")


def check_reports(config: Config, link: Link) -> None:
    """Raises ConfigError for an unreachable centre that adds up figures."""
    if strange := [centre for centre in config.link.reports_to if centre not in link.centres]:
        message = f"link.reports_to: there is no line to {', '.join(strange)}"
        raise ConfigError(message)


def link_of(config: Config) -> Link | None:
    """By driver: "nats" is hub/link/nats.py; None without a link. Starts at once, in the running event loop.

    Raises ConfigError.
    """
    kind = config.link.kind
    if not kind:
        return None
    return drivers.load(LINK, kind, config.centre.code, config.link.settings)
