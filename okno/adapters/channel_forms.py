"""The forms of the channel drivers that may be set up at the desk, out of their own settings.

`python -m okno.adapters.channel_forms` prints them all as JSON: so the hub need not load libraries of channels that it does not have.
"""

import sys
from types import ModuleType
from typing import Any, get_type_hints

import msgspec

from hub.monitoring.channel_form import ChannelField, form_of
from hub.monitoring.ports import ChannelKind
from okno import drivers
from okno.faults.config_error import ConfigError

AT_DESK = ("email.mail", "sms.smpp", "sms.http", "messenger.max", "messenger.vk", "messenger.telegram", "web.form", "web.hook")


def form_of_driver(module: ModuleType) -> tuple[ChannelField, ...]:
    return form_of(_shape(module.SETTINGS))


def channel_kinds() -> list[ChannelKind]:
    """Loads the drivers; one whose library is missing is left out."""
    made = list[ChannelKind]()
    for name in AT_DESK:
        try:
            module = drivers.find(drivers.CHANNEL, name)
        except ConfigError:
            continue
        made.append(ChannelKind(name, module.TRAITS.title, module.TRAITS.icon, form_of_driver(module)))
    return made


def _shape(told: Any) -> type[msgspec.Struct]:  # noqa: ANN401 - a struct, or the function that reads one
    if isinstance(told, type):
        return told
    read: type[msgspec.Struct] = get_type_hints(told)["return"]
    return read


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(channel_kinds()))
