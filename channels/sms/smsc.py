"""One SMSC: keeps its sessions bound."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from functools import partial
from socket import gaierror
from ssl import SSLError

from channels.sms.numbers import Dialled, origin
from channels.sms.pdu import Command, Header, Sm, Status
from channels.sms.session import Deliver, Session, SmscEndpoint, bound
from channels.sms.settings import SmscSettings, ways
from hub.kernel.errors import OknoError, UnavailableError
from hub.kernel.health import Health
from hub.monitoring.channel_check import CheckFinding, CheckResult, CheckStep

log = logging.getLogger(__name__)

LAST_PAUSE_S = 60.0
STEADY_S, SHORT_PAUSE_S = 10.0, 10.0
"""A session that lasted less counts as short; the longest pause after one."""
WAYS = {Command.BIND_TRANSCEIVER: "приём и отправка", Command.BIND_TRANSMITTER: "отправка", Command.BIND_RECEIVER: "приём"}
SENDING = frozenset({Command.BIND_TRANSCEIVER, Command.BIND_TRANSMITTER})


class ReconnectPauses:
    """Seconds until the next attempt to bind: they double during an outage, and begin again after it."""

    def __init__(self, first_s: float) -> None:
        self._first_s = self._next_s = first_s
        self._outage = False

    def after(self, session_s: float | None) -> float:
        """After a session that lasted so many seconds; None where there was none."""
        if session_s is not None and (self._outage or session_s > STEADY_S):
            self._next_s = self._first_s
        self._outage = session_s is None
        pause_s = self._next_s if self._outage else min(self._next_s, SHORT_PAUSE_S)
        self._next_s = min(pause_s * 2, LAST_PAUSE_S)
        return pause_s


class Smsc:
    def __init__(self, settings: SmscSettings, deliver: Deliver) -> None:
        """Raises msgspec.ValidationError for a missing password or certificate."""
        self.name = settings.name
        self.source: Dialled = origin(settings.source)
        self.final_errors = frozenset(settings.final_errors)
        self._settings, self._deliver, self._ways = settings, deliver, ways(settings)
        self._sessions: dict[Command, Session] = {}
        self._words = dict.fromkeys((way.bind for way in self._ways), "ещё не подключались")

    @property
    def sending(self) -> Session | None:
        """The bound session for outgoing messages, if any."""
        return next((session for bind, session in self._sessions.items() if bind in SENDING), None)

    def health(self) -> Health:
        up = len(self._sessions) == len(self._ways)
        away = sorted({words for bind, words in self._words.items() if bind not in self._sessions})
        return Health(up, f"{self.name}: на связи" if up else f"{self.name}: нет связи ({', '.join(away)})")

    async def keep_bound(self) -> None:
        """Runs until it is cancelled; then it unbinds."""
        async with asyncio.TaskGroup() as group:
            for way in self._ways:
                group.create_task(self._keep(way))

    async def trial(self) -> AsyncGenerator[CheckStep, None]:
        """Tests each session by enquire_link (SMPP 3.4 §4.11.1); an unbound one is bound for the test."""
        for way in self._ways:
            yield CheckStep(f"{self.name}: {WAYS[way.bind]}", partial(self._tried, way),
                       "проверьте host, port, system_id, password_file и tls этого SMSC; остальное скажет оператор связи: "
                       "разрешён ли наш адрес и сколько подключений",
                       self._settings.timeout_s * 3)

    async def _tried(self, way: SmscEndpoint) -> list[CheckFinding]:
        if (session := self._sessions.get(way.bind)) is not None:
            return [self._answers(way, await session.enquire(), "на связи")]
        try:
            # Messages delivered meanwhile are refused, and will be redelivered.
            session = await bound(way, _later)
        except (OknoError, OSError) as error:
            raise UnavailableError(_words(error)) from error
        try:
            return [self._answers(way, await session.enquire(), "впускает")]
        finally:
            await session.unbind()

    def _answers(self, way: SmscEndpoint, took_s: float, how: str) -> CheckFinding:
        return CheckFinding(CheckResult.GOOD, f"{self.name}: {WAYS[way.bind]}: {how}, отвечает за {took_s * 1000:.0f} мс")

    async def _keep(self, way: SmscEndpoint) -> None:
        loop, pauses = asyncio.get_running_loop(), ReconnectPauses(self._settings.reconnect_s)
        while True:
            began, is_bound = loop.time(), False
            try:
                session = await bound(way, self._deliver)
            except (OknoError, OSError) as error:
                self._words[way.bind] = _words(error)
            else:
                is_bound = True
                await self._stay(way.bind, session)
            log.warning("no session with an SMSC: reconnecting", extra={"smsc": self.name, "why": self._words[way.bind]})
            await asyncio.sleep(pauses.after(loop.time() - began if is_bound else None))

    async def _stay(self, bind: Command, session: Session) -> None:
        log.info("bound to an SMSC", extra={"smsc": self.name, "bind": bind.name})
        self._sessions[bind] = session
        try:
            self._words[bind] = await asyncio.shield(session.ended)
        except asyncio.CancelledError:
            self._sessions.pop(bind)
            await session.unbind()
            raise
        self._sessions.pop(bind)


def _words(error: OknoError | OSError) -> str:
    """The reason for a missing session, for an operator; the technical part is in brackets."""
    match error:
        case TimeoutError():
            return "не отвечает"
        case ConnectionRefusedError():
            return "на этом порту никто не отвечает"
        case gaierror():
            return "адрес не найден"
        case SSLError():
            return f"защищённое соединение не удалось ({error.reason or error})"
        case OSError():
            return f"нет соединения ({error.strerror or error})"
        case _:
            return str(error)


def _later(session: Session, header: Header, sm: Sm) -> None:
    del sm
    session.answer(header, Status.TEMPORARY)
