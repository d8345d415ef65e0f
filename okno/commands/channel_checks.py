"""Checks of the configured channels, for `okno check`: settings, and connectivity."""

from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager
from typing import Never

from bots.russian import Russian
from hub.conversations.address import Address, Citizen
from hub.conversations.attachments import Quarantined
from hub.conversations.conversation import Conversation
from hub.conversations.delivery_status import Receipt
from hub.conversations.journal import StoredEvent, Telephoned
from hub.conversations.live_signals import Moved
from hub.conversations.message import Attachment
from hub.conversations.ports import Incoming, OnAccepted
from hub.federation.handover_messages import HandedCall
from hub.intake.ports import Challenge
from hub.kernel.errors import UnavailableError
from hub.kernel.ports import Files
from hub.monitoring.channel_check import CheckFinding, CheckResult, CheckStep, tried
from hub.monitoring.ports import CheckableChannel
from hub.organisation.territory import Place
from hub.privacy.ports import DataSubject
from hub.telephony.offline_calls import OfflineCall
from hub.telephony.ports import ConsultationNews, RecordedTalk
from okno.adapters.loader import connect
from okno.config import Config
from okno.faults.config_error import ConfigError, ConfigFault, raise_faults
from okno.serving.certificates import all_certificates, check_certificate
from storage.memory import MemoryStore

SIGNS = {CheckResult.GOOD: "✓", CheckResult.ODD: "!", CheckResult.BAD: "✗"}


class NullIntake:
    """hub.intake.ports.Intake of a hub that is not running: nothing is received during a check."""

    secure = False
    @property
    def subject(self) -> DataSubject:
        _closed()

    def accept(self, incoming: Incoming, accepted: OnAccepted) -> None:
        del incoming
        accepted(UnavailableError(CLOSED))

    def handover_receiver(self, content: bytes) -> AbstractContextManager[None]:
        _closed(content)

    async def keep(self, conversation: int, attachment: Attachment) -> None:
        _closed(conversation, attachment)

    def quarantined(self, conversation: int, file: str) -> Quarantined | None:
        _closed(conversation, file)

    async def overheard(self, sound: bytes) -> str | None:
        _closed(sound)

    async def open(self, address: Address, citizen: Citizen, place: Place | None = None) -> Conversation:
        _closed(address, citizen, place)

    async def left(self, address: Address, *, cut: bool = False) -> None:
        """No citizens."""

    async def find(self, address: Address) -> Conversation | None:
        _closed(address)

    def provable(self, head: Conversation) -> bool:
        del head
        return False

    def ticket(self, conversation: int, back: str, lang: str) -> str:
        _closed(conversation, back, lang)

    async def transcript(self, conversation: int, after: int) -> list[StoredEvent]:
        _closed(conversation, after)

    async def standing(self, conversation: int) -> Moved:
        _closed(conversation)

    async def delivered(self, receipt: Receipt) -> None:
        """No messages."""

    async def recorded(self, talk: RecordedTalk) -> None:
        _closed(talk)

    async def held(self, conversation: int, by: str, *, on: bool) -> None:
        _closed(conversation, by, on)

    async def consulted(self, news: ConsultationNews) -> None:
        _closed(news)

    def stirred(self, conversation: int) -> None:
        """No screens."""

    async def handed_call(self, conversation: int) -> HandedCall | None:
        _closed(conversation)

    async def lost_call(self, conversation: int) -> None:
        _closed(conversation)

    async def passed_on(self, conversation: int, to: str) -> None:
        _closed(conversation, to)

    async def phoned(self, operator: str, number: str, leg: str) -> None:
        _closed(operator, number, leg)

    async def telephoned(self, conversation: int, entry: Telephoned) -> None:
        _closed(conversation, entry)

    async def parted(self, conversation: int) -> bool:
        _closed(conversation)

    async def graded(self, conversation: int, grade: int) -> None:
        _closed(conversation, grade)

    async def bygone(self, call: OfflineCall) -> None:
        _closed(call)

    def admit(self, address: Address, source: str = "") -> None:
        """No blocks."""

    def challenge(self, caller: Address) -> Challenge | None:
        _closed(caller)

    def answered(self, caller: Address, address: Address, *, pressed: bool) -> None:
        """No questions."""

    def called(self, caller: Address, address: Address, lasted_s: float) -> None:
        """No calls."""

    def typing(self, conversation: int) -> None:
        """No screens."""

    def seen(self, conversation: int, record: int) -> None:
        """No messages."""


CLOSED = "the hub is not open"


def _closed(*_: object) -> Never:
    raise UnavailableError(CLOSED)


async def check_channels(config: Config, files: Files, *, probe: bool) -> None:
    """Print the result for each channel; raises ConfigError after all were checked."""
    store = MemoryStore(Russian())
    faults = list[ConfigFault]()
    for number, each in enumerate(config.channels):
        try:
            channel = connect(each, NullIntake(), store, files, limited=config.limited)
        except ConfigError as error:
            faults.append(ConfigFault(("channels", number), str(error)))
            continue
        try:
            for certificate in all_certificates(None, [channel]):
                check_certificate(certificate)
            print(f"✓ channel: {each.driver}, настройки в порядке")
            if probe and isinstance(channel, CheckableChannel) and await told(channel.trial()):
                faults.append(ConfigFault(("channels", number), f"нет связи: {each.driver}"))
        except ConfigError as error:
            faults.append(ConfigFault(("channels", number), str(error)))
        finally:
            await channel.close()
    raise_faults(faults)


async def told(steps: AsyncGenerator[CheckStep, None]) -> bool:
    """Print findings as they come; returns whether any is bad."""
    wrong = False
    async for line in tried(steps):
        if isinstance(line, CheckFinding):
            print(f"  {SIGNS[line.state]} {line.words}")
            if line.remedy:
                print(f"      → {line.remedy}")
            wrong |= line.state is CheckResult.BAD
    return wrong
