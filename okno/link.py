"""The line to centres on other deployments, as the configuration names it."""

from hub.federation.ports import Link
from okno import drivers
from okno.config import Config, ConfigError

LINK = drivers.DriverKind[Link]("hub.link", "link", extra="cluster")


def check_reports(config: Config, link: Link) -> None:
    """Raises ConfigError for a centre that adds up figures and is not reached."""
    if strange := [centre for centre in config.link.reports_to if centre not in link.centres]:
        message = f"link.reports_to: there is no line to {', '.join(strange)}"
        raise ConfigError(message)


def link_of(config: Config) -> Link | None:
    """By its driver's name: "nats" is hub/link/nats.py; None where there is no line. Begins at once, in the running event loop.

    Raises ConfigError.
    """
    kind = config.link.kind
    if not kind:
        return None
    return drivers.load(LINK, kind, config.centre.code, config.link.settings)
