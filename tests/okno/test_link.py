"""The line to other deployments by what the configuration says, and what is wrong with it."""

import pytest
from msgspec.structs import replace

from okno.config import LinkSettings, load
from okno.faults.config_error import ConfigError
from okno.link import link_of

CONFIG = load(None, {})


async def test_nobody_needs_one() -> None:  # LV-05
    assert link_of(CONFIG) is None


@pytest.mark.parametrize(("settings", "said"), [
    (LinkSettings("pigeon"), "link: there is no driver 'pigeon'"),
    (LinkSettings("nats"), "link: nats: Object missing required field"),
    (LinkSettings("nats", {"server": "tls://127.0.0.1:1", "centres": ["077"], "certificate": "/nowhere"}), "link: nats: "),
])
async def test_what_is_wrong_with_one_is_said(settings: LinkSettings, said: str) -> None:  # LV-05
    with pytest.raises(ConfigError) as error:
        link_of(replace(CONFIG, link=settings))
    assert str(error.value).startswith(said)
