"""The line to centres on other deployments, as the configuration names it."""

from importlib import import_module

import msgspec

from hub.federation.ports import Link
from hub.kernel.errors import LinkError
from okno.config import Config, ConfigError


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
    try:
        driver = import_module(f"hub.link.{kind}")
    except ModuleNotFoundError as error:
        missing = error.name != f"hub.link.{kind}"
        message = (f"link: the driver {kind} needs {error.name}: pip install 'okno[cluster]'" if missing
                   else f"link: there is no driver {kind!r}")
        raise ConfigError(message) from error
    try:
        link: Link = driver.connect(config.centre.code, config.link.settings)
    except (msgspec.ValidationError, LinkError) as error:
        message = f"link: {kind}: {error}"
        raise ConfigError(message) from error
    return link
