"""The base of every room: the store and its services, the settings in force, the conversation sequencer, the channels."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack, closing
from datetime import datetime
from functools import partial
from time import monotonic
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from bots.russian import Russian, russian
from channels.tls import Certificate
from hub.audit.day_sealer import DaySealer
from hub.conversations import delivery, quarantine
from hub.conversations.address import FROM, Citizen
from hub.conversations.channel_traits import AddressForm, TraitRegistry
from hub.conversations.opener import Opener
from hub.conversations.ports import AwaitingChannel, CarryingChannel, Channel, HasHealth, ReplayingChannel, Store
from hub.conversations.sequencer import ConversationSequencer
from hub.federation import file_receiver, handover_sender
from hub.federation.ports import Link
from hub.kernel.health import ChannelCounters
from hub.kernel.ids import RecordIds, TicketNumbers
from hub.kernel.ports import Files
from hub.organisation.queue import Lines
from hub.organisation.registry_versions import RegistryVersions
from hub.organisation.settings_versions import SettingsVersions
from hub.privacy.ports import ErasureRegister
from hub.telephony import transcripts
from hub.telephony.ports import CentreCallChannel
from hub.training.certificate_registry import CertificateRegistry
from okno.commands.registry import check_lines, registry_versions
from okno.config import Config
from okno.drivers import channel_traits
from okno.lines import Centres
from okno.link import check_reports, link_of
from okno.serving.certificates import HTTPS, certificate_of
from okno.serving.leadership import Leadership
from okno.settings import configured, loaded
from okno.stores import beside, open_store
from routing.line_hours import LineHours

SCANNER, WATCHDOG = "scanner", "watchdog"
"""Their names among the channels."""
ROBOT = "Робот Окно"


class Closing(Protocol):
    async def close(self) -> None: ...


def close_later(stack: AsyncExitStack, *parts: Closing) -> None:
    """Close the parts in reverse order when the hub stops."""
    for part in parts:
        stack.push_async_callback(part.close)


class Doors:
    """The channels of a hub by name; `open` fills them once every listener of incoming messages exists."""

    def __init__(self, traits: TraitRegistry, names: Iterable[str], now: Callable[[], datetime],
                 certificate: Certificate | None = None) -> None:
        """`names` are those of the channels, and of other parts whose failures are counted."""
        self.traits = traits
        self.channels: dict[str, Channel] = {}
        self.showers: dict[str, ReplayingChannel] = {}
        self.awaiting: dict[str, AwaitingChannel] = {}
        self.carriers: dict[str, CarryingChannel] = {}
        self._trunks: dict[str, CentreCallChannel] = {}
        self.others: dict[str, HasHealth] = {}
        """Parts with a health that are no channels; `watch` adds them."""
        self.counters = {name: ChannelCounters(now) for name in names}
        if certificate:
            self.watch(HTTPS, certificate)
            certificate.on_refused.subscribe(self.counters[HTTPS].failed)
            certificate.on_renewed.subscribe(self.counters[HTTPS].recovered)
        self.certificate = certificate

    def open(self, channels: Mapping[str, Channel]) -> None:
        self.channels |= channels
        self.showers |= {name: channel for name, channel in channels.items() if isinstance(channel, ReplayingChannel)}
        self.awaiting |= {name: channel for name, channel in channels.items() if isinstance(channel, AwaitingChannel)}
        self.carriers |= {name: channel for name, channel in channels.items() if isinstance(channel, CarryingChannel)}
        self._trunks |= {name: channel for name, channel in channels.items() if isinstance(channel, CentreCallChannel) and channel.centres}
        for name, trunk in self._trunks.items():  # each message asks: no name is taken apart then
            if isinstance(trunk, ReplayingChannel):
                self.showers |= {f"{name}{FROM}{centre}": trunk for centre in trunk.centres}

    def shut(self, name: str) -> None:
        """A channel is gone; what waits for it is kept by its carrier."""
        for each in (self.channels, self.showers, self.awaiting):
            each.pop(name, None)

    def watch(self, name: str, part: HasHealth) -> None:
        self.others[name] = part

    def connects(self, centre: str) -> bool:
        """Whether a call can be connected to a centre on another deployment."""
        return any(centre in each.centres for each in self._trunks.values())

    def telephone(self) -> str:
        """The channel by which other centres connect calls; "" where there is none."""
        return next(iter(sorted(self._trunks)), "")

    def letters(self) -> str:
        """The channel that sends letters; "" where there is none."""
        return next((name for name in sorted(self.carriers) if self.traits.named(name).address is AddressForm.MAILBOX), "")


class Timing(NamedTuple):
    """The clocks of a hub, and how long its parts wait before they retry, in seconds."""

    now: Callable[[], datetime]
    monotonic_s: Callable[[], float] = monotonic
    delivery_s: float = delivery.FIRST_RETRY_S
    scan_s: float = quarantine.FIRST_RETRY_S
    scan_again_s: float = quarantine.AGAIN_S
    remote_file_s: float = file_receiver.AGAIN_S
    handover_s: float = handover_sender.FIRST_PAUSE_S
    transcript_s: float = transcripts.AGAIN_S


class Storage(NamedTuple):
    """The store, and what is kept beside it."""

    store: Store
    files: Files
    register: ErasureRegister


class Base(NamedTuple):
    """First argument of every setup."""

    stack: AsyncExitStack
    config: Config
    """The configuration with the settings in force."""
    store: Store
    files: Files
    register: ErasureRegister
    link: Link | None
    timing: Timing
    sequencer: ConversationSequencer
    opener: Opener
    doors: Doors

    @property
    def now(self) -> Callable[[], datetime]:
        return self.timing.now

    @property
    def zone(self) -> ZoneInfo:
        """The centre's time zone."""
        return ZoneInfo(self.config.centre.timezone)


class Organisation(NamedTuple):
    """Centres, their lines and opening hours."""

    settings_versions: SettingsVersions
    centres: Centres
    lines: Lines
    opening: LineHours
    certificates: CertificateRegistry
    """Asked by authorisation on each offer."""
    registry_versions: RegistryVersions | None = None
    """None without a registry."""


async def set_up_base(stack: AsyncExitStack, config: Config, now: Callable[[], datetime], leading: Leadership | None,
                      link: Link | None) -> tuple[Base, Organisation, Russian]:
    """Raises ConfigError, UnavailableStoreError, SealedError."""
    zone = ZoneInfo(config.centre.timezone)
    words, lease = (leading.russian, leading.lease) if leading else (russian(), None)
    close_later(stack, store := open_store(config, words, lease))
    if (link := link or link_of(config)) is not None:
        close_later(stack, link)
        check_reports(config, link)
    _, files, seals, register = stack.enter_context(beside(config))
    files.sweep()
    if config.store.kind != "memory":
        close_later(stack, sealer := DaySealer(store, seals, config.centre.code, zone, now))
        await sealer.start()
    if registered := await registry_versions(store, now, config):
        stack.enter_context(closing(registered))
    registry = registered.registry if registered else None
    stack.enter_context(closing(settings_versions := SettingsVersions(store, now, *loaded(config, registry))))
    await settings_versions.start()
    config, lines = configured(config, settings_versions.current.settings), settings_versions.lines
    close_later(stack, certificates := CertificateRegistry(store, now, zone))
    await certificates.start()
    centres = Centres(config, lines, certificates.qualified, link.centres if link else (), registry)
    if registered:
        registered.fits = partial(check_lines, config=config, lines=lines)
    newest = await store.newest()
    base = wire_base(stack, config, Storage(store, files, register), link, Timing(now), doors_of(config, now), newest,
                     centres.federal_policy.kept)
    return base, Organisation(settings_versions, centres, lines, LineHours(config.hours, config.centres()),
                              certificates, registered), words


def doors_of(config: Config, now: Callable[[], datetime]) -> Doors:
    """Raises ConfigError."""
    drivers = {each.driver: each.settings for each in config.channels}
    return Doors(channel_traits(drivers), (*drivers, HTTPS, SCANNER, WATCHDOG), now, certificate_of(config.listen))


def wire_base(stack: AsyncExitStack, config: Config, storage: Storage, link: Link | None, timing: Timing, doors: Doors,
              newest: tuple[int, str], kept: Callable[[Citizen], Citizen]) -> Base:
    """`newest` are the highest record id and conversation number of the store; `kept` as of Opener."""
    sequencer = ConversationSequencer(storage.store, RecordIds(newest=newest[0]), timing.now, doors.carriers, doors.traits)
    numbers = TicketNumbers(config.centre.code, newest[1], ZoneInfo(config.centre.timezone))
    return Base(stack, config, *storage, link, timing, sequencer, Opener(sequencer, numbers, kept), doors)
