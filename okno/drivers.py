"""Drivers by name: "sms.smpp" is channels/sms/smpp.py. Errors name the setting, and what to install."""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import Generic, TypeVar, cast

import msgspec

import channels
from hub.conversations.channel_traits import ChannelTraits, TraitRegistry
from hub.conversations.ports import Channel
from hub.kernel.errors import LinkError
from okno.faults.config_error import ConfigError

T = TypeVar("T")


@dataclass(frozen=True)
class DriverKind(Generic[T]):
    """Kind of drivers: a file of `package` whose function `makes` returns a T."""

    package: str
    setting: str
    """The setting with the name, for messages."""
    noun: str = "driver"
    makes: str = "connect"
    extra: str = ""
    """The extra of Okno with its libraries; "{name}" is the driver's own name."""


CHANNEL = DriverKind[Channel]("channels", "channels")


def load(kind: DriverKind[T], name: str, settings: object, *more: object, where: str = "", **named: object) -> T:
    """The driver built from its settings; `where` names the setting if it is not the kind's own. Raises ConfigError."""
    where, module = where or kind.setting, find(kind, name, where)
    makes = getattr(module, kind.makes, None)
    if makes is None:
        message = f"{where}: there is no {kind.noun} {name!r}"
        raise ConfigError(message)
    try:
        return cast("T", makes(settings, *more, **named))
    except (msgspec.ValidationError, LinkError) as error:
        message = f"{where}: {name}: {error}"
        raise ConfigError(message) from error


def find(kind: DriverKind[T], name: str, where: str = "") -> ModuleType:
    """A driver's module. Raises ConfigError for an unknown driver, or a missing library."""
    path = f"{kind.package}.{name}"
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        message = f"{where or kind.setting}: there is no {kind.noun} {name!r}"
        if not f"{path}.".startswith(f"{missing}."):
            wheel = f"'okno[{kind.extra.format(name=name)}]'" if kind.extra else missing.partition(".")[0]
            message = f"{where or kind.setting}: the {kind.noun} {name} needs {missing}: pip install {wheel}"
        raise ConfigError(message) from error


def channel_traits(configured: Mapping[str, Mapping[str, object]] = MappingProxyType({})) -> TraitRegistry:
    """Traits of channels: of configured drivers with their settings, and of families that may occur in old conversations.

    A package declares its family's traits, so that only configured drivers are loaded. Raises ConfigError.
    """
    declared = dict[str, ChannelTraits]()
    for folder in pkgutil.iter_modules(channels.__path__):
        package = import_module(f"channels.{folder.name}") if folder.ispkg else None
        if (family := getattr(package, "TRAITS", None)) is not None:
            declared[folder.name] = family
            declared |= {f"{folder.name}.{driver}": traits for driver, traits in getattr(package, "DRIVERS", {}).items()}
    for name, settings in configured.items():
        declared[name] = traits = _traits_of(name, settings)
        declared.setdefault(name.partition(".")[0], traits)
    return TraitRegistry(declared)


def _traits_of(name: str, settings: Mapping[str, object]) -> ChannelTraits:
    traits = getattr(find(CHANNEL, name), "TRAITS", None)
    if not isinstance(traits, ChannelTraits):
        message = f"channels: the driver {name} declares no TRAITS"
        raise ConfigError(message)
    family = import_module(f"channels.{name.partition('.')[0]}")
    return family.configured(traits, settings) if hasattr(family, "configured") else traits
