"""Telephone driver for one Asterisk or several: they play, record and connect (AMI, FastAGI); the hub makes the decisions.

It is a replaying channel: messages of a conversation are played in the current call, and nothing is delivered after the caller has hung
up.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from itertools import islice

from msgspec.structs import replace

from channels.intake import keep_going
from channels.voice import DRIVERS
from channels.voice.call_events import Offered, Slower, Withdrawn
from channels.voice.call_originator import NothingDialledError
from channels.voice.calls import Calls
from channels.voice.checkup import Checkup
from channels.voice.context import VoiceContext
from channels.voice.conversation_events import moved, spoken
from channels.voice.exchange import Exchange
from channels.voice.media.link import MediaLinks
from channels.voice.media.messages import MediaSettings
from channels.voice.prompts import folders, pieces
from channels.voice.settings import Settings, read
from channels.voice.softphones import key_of, password
from channels.voice.stored_calls import NAME, StoredCalls
from hub.access.operator import Operator, Role
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import LiveSignal, Moved
from hub.conversations.ports import Store
from hub.intake.ports import Intake
from hub.kernel.errors import RefusedError, UnavailableError
from hub.kernel.health import ChannelCounters, Health
from hub.kernel.ports import Files
from hub.monitoring.channel_check import CheckStep
from hub.monitoring.trunk import TrunkNow
from hub.telephony.ports import (
    CallOutcome,
    CallTopology,
    Consultation,
    ConsultationNews,
    MonitorMode,
    OutboundCall,
    RecordingState,
    RingingOffer,
)

TRAITS = DRIVERS["asterisk"]
PREPARES_S, MOST_PREPARED = 60.0, 500
"""Answers are synthesised ahead a minute after the start of the hub, which has those who wait to serve; so many take some 60 MB."""
log = logging.getLogger(__name__)
SLOWER = "slower"
"""The intent of a dialogue project after which the robot speaks slowly."""


class Telephone:
    """The channel: it replays, rings, dials, consults, records, and connects calls with other centres (hub.telephony.ports)."""

    name = NAME

    def __init__(self, settings: Settings, intake: Intake, store: Store, files: Files) -> None:
        self._hosts, self._store = settings.hosts, store
        self._calls, self._stored_calls = Calls(), StoredCalls(store, settings.hosts[0].system)
        self._media = _media(settings)
        shared = VoiceContext(settings, self._calls, self._stored_calls, intake, store, files, self._media)
        self._prompts, self._likely = folders(host.sounds for host in settings.hosts), tuple[str, ...]()
        self._exchanges = {host.system: Exchange(host, shared, self._prompts[host.sounds]) for host in settings.hosts}
        self.exchanges = tuple(host.softphone for host in settings.hosts if host.softphone)
        self.centres = frozenset.intersection(*(frozenset(host.centres) for host in settings.hosts))
        self._phones_key = key_of(settings.phones_secret_file) if self.exchanges else ""
        self._counters = {name: ChannelCounters(lambda: datetime.now(UTC)) for name in self._exchanges}

    async def work(self) -> None:
        """hub.conversations.ports.BackgroundChannel."""
        first, *_ = self._exchanges.values()
        for conversation in await self._stored_calls.elsewhere(self._exchanges):
            await first.orphans.gone(conversation)
        async with asyncio.TaskGroup() as group:
            if self._media is not None:
                group.create_task(self._media.work())
            group.create_task(self._prepare())
            for name, exchange in self._exchanges.items():
                group.create_task(keep_going(f"{NAME}: {name}", exchange.work, self._counters[name]))

    def health(self) -> Health:
        """Up while one exchange is up; the text describes each."""
        healths = {name: exchange.health() for name, exchange in self._exchanges.items()}
        words = [f"{health.words} {self._counters[name].error}".strip() for name, health in healths.items()]
        return Health(any(health.up for health in healths.values()), "; ".join(words))

    @property
    def faults(self) -> int:
        """For metrics: errors of the hub in calls since its start."""
        return sum(exchange.faults for exchange in self._exchanges.values())

    @property
    def media_processes(self) -> int | None:
        """For metrics: how many can carry sound; None where none shall."""
        return None if self._media is None else sum(link.up for link in self._media.links)

    def trunks(self) -> list[TrunkNow]:
        """hub.monitoring.ports.TrunkChannel."""
        return [trunk for exchange in self._exchanges.values() for trunk in exchange.trunks.now()]

    async def trial(self) -> AsyncGenerator[CheckStep, None]:
        """hub.monitoring.ports.CheckableChannel: each Asterisk calls itself, and no telephone rings."""
        logins = [operator.login for operator in await self._store.all(Operator) if operator.role is Role.OPERATOR and operator.active]
        for host in self._hosts:
            async with aclosing(Checkup(host, wss=host.softphone, logins=logins).steps()) as steps:
                async for step in steps:
                    yield replace(step, what=f"{host.system}: {step.what}") if len(self._hosts) > 1 else step

    async def close(self) -> None:
        await asyncio.gather(*(exchange.close() for exchange in self._exchanges.values()))

    def understood(self, conversation: Conversation, intent: str) -> None:
        """hub.conversations.ports.SpeakingChannel."""
        if intent == SLOWER and (line := self._calls.at(conversation.address)) is not None:
            line.happened(Slower())

    def prepare(self, texts: Iterable[str]) -> None:
        """hub.conversations.ports.SpeakingChannel."""
        self._likely = tuple(islice(texts, MOST_PREPARED))

    async def _prepare(self) -> None:
        await asyncio.to_thread(pieces, "1 день")  # loads the dictionary
        await asyncio.sleep(PREPARES_S)
        for prompts in self._prompts.values():
            try:
                await prompts.prepare(self._likely)
            except UnavailableError as error:
                log.warning("answers not synthesised ahead", extra={"why": str(error)})

    def show(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        """hub.conversations.ports.ReplayingChannel."""
        if (line := self._calls.at(conversation.address)) is not None:
            line.happened(*spoken(records))

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        if not isinstance(signal, Moved) or any(each.people.moved(signal.head) for each in self._exchanges.values()):
            return
        if (line := self._calls.of(conversation)) is not None:
            line.happened(moved(signal))

    def ring(self, bid: RingingOffer) -> None:
        """hub.telephony.ports.RingingChannel: at the caller's exchange."""
        self._calls.offer(bid)
        if (line := self._calls.of(bid.conversation)) is not None:
            line.happened(Offered(bid.operator))

    def hush(self, conversation: int, operator: str) -> None:
        self._calls.withdraw(conversation, operator)
        if (line := self._calls.of(conversation)) is not None:
            line.happened(Withdrawn(operator))

    def talks(self, conversation: int) -> bool:
        """hub.telephony.ports.DiallingChannel."""
        return self._calls.of(conversation) is not None or any(
            each.outgoing.under_way(conversation) or each.orphans.carries(conversation) for each in self._exchanges.values())

    async def dial(self, dial: OutboundCall, answered: Callable[[], None]) -> CallOutcome:
        """By the first exchange that is up and where the operator's telephone rings; after any ringing no other is tried."""
        if dial.leg:
            return await self._exchanges[dial.leg.partition("/")[0]].outgoing.dial(dial, answered)
        why = UnavailableError("Ни одна телефонная станция не доступна")
        for exchange in self._exchanges.values():
            if exchange.ami.up:
                try:
                    return await exchange.outgoing.dial(dial, answered)
                except NothingDialledError as error:
                    why = error
        raise why

    def consulted(self, conversation: int) -> ConsultationNews | None:
        """hub.telephony.ports.ConsultingChannel."""
        return next(filter(None, (each.people.consulted(conversation) for each in self._exchanges.values())), None)

    async def consult(self, ask: Consultation) -> None:
        """At the caller's exchange."""
        exchange, caller = await self._carrier(ask.conversation)
        await exchange.people.consult(ask, caller)

    async def arrange(self, conversation: int, company: CallTopology) -> None:
        exchange, _ = await self._carrier(conversation)
        await exchange.people.arrange(conversation, company)

    def listeners(self, conversation: int) -> dict[str, MonitorMode]:
        """hub.telephony.ports.MonitoringChannel."""
        return {login: ear for each in self._exchanges.values() for login, ear in each.supervision.listeners(conversation).items()}

    async def listen(self, conversation: int, login: str, ear: MonitorMode | None) -> None:
        exchange, caller = await self._carrier(conversation)
        if ear is None:
            await exchange.supervision.leave(conversation, login)
            return
        operator = await exchange.people.operator_of(conversation, caller)
        await exchange.supervision.listen(conversation, login, ear, operator.channel)

    async def _carrier(self, conversation: int) -> tuple[Exchange, str]:
        """The exchange of a call, and the uniqueid of its caller or called citizen there; raises RefusedError."""
        known = await self._stored_calls.call(conversation)
        if known is None or known[0] not in self._exchanges:
            raise RefusedError("no_talk", "Сейчас по этому обращению никто не говорит по телефону.")
        return self._exchanges[known[0]], known[1]

    def password(self, login: str) -> str:
        """hub.telephony.ports.SoftphoneChannel."""
        if not self._phones_key:
            raise UnavailableError("Телефонов в браузере здесь нет.")
        return password(self._phones_key, login)

    def taping(self, conversation: int) -> RecordingState | None:
        """hub.telephony.ports.RecordingChannel: at the exchange of the call, also of one from before the hub's start."""
        return next((tape for each in self._exchanges.values() if (tape := each.recorder.taping(conversation))), None)

    async def pause(self, conversation: int, *, paused: bool) -> None:
        for exchange in self._exchanges.values():
            if exchange.recorder.taping(conversation):
                await exchange.recorder.pause(conversation, paused=paused)
                return
        raise RefusedError("not_recorded", "Этот разговор сейчас не записывается.")


def _media(settings: Settings) -> MediaLinks | None:
    if not (settings.listens and settings.streams):
        return None
    allowed = tuple(dict.fromkeys(address for host in settings.hosts for address in host.allowed))
    return MediaLinks(settings.media, MediaSettings(settings.audio, allowed=allowed))


SETTINGS = read


def connect(settings: dict[str, object], intake: Intake, store: Store, files: Files, *, limited: bool) -> Telephone:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    del limited
    return Telephone(read(settings), intake, store, files)
