"""Connection to Asterisk's manager interface (AMI): actions with responses, events in order, automatic reconnection.

The hub does not poll: Asterisk sends events. What happened during a disconnection is read once after the reconnection (`on_up`).
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from hashlib import md5
from uuid import uuid4

import msgspec
from msgspec import Struct
from panoramisk.actions import Action  # type: ignore[import-untyped]

from channels.voice import events, wire
from channels.voice.wire import Field, Fields, Wire, written
from hub.kernel.errors import OknoError, UnavailableError
from hub.kernel.health import Health

_log = logging.getLogger(__name__)


class LoginRefusedError(UnavailableError):
    """Asterisk is reachable and refuses the login."""


class ActionRefusedError(OknoError):
    """Asterisk answered Error; the text is its own."""


class AmiEndpoint(Struct, frozen=True):
    """Address and credentials of AMI (manager.conf)."""

    host: str
    port: int
    user: str
    password: str


class AmiTimeouts(Struct, frozen=True):
    """Timeouts in seconds."""

    answer_s: float = 5.0
    """Time limit of an action."""
    boot_s: float = 30.0
    """Asterisk may still be loading for this long after a sign-in."""
    alive_s: float = 10.0
    """Interval of pings: TCP alone does not notice a stalled Asterisk."""
    pauses_s: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
    """Pauses before each further connection attempt; the last one repeats."""


PATIENT = AmiTimeouts()


class Call(Struct, frozen=True):
    """A call to place. `channel` is the callee, `context` where the leg goes when answered, at extension s.

    `uniqueid` may set the id of the new leg in advance, so that its first event can be assigned.
    """

    channel: str
    context: str
    wait_s: float
    caller_id: str = ""
    uniqueid: str = ""
    variables: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    """Headers of the SIP INVITE."""


async def _nothing() -> None:
    """Default for listeners without state."""


class Ami:
    """`heard` gets each event in order; `on_up` runs after each (re)connection.

    `on_lost` runs once when all quick reconnection attempts have failed: the outage will be long.
    """

    def __init__(
            self, door: AmiEndpoint, heard: Callable[[events.Event], None], on_up: Callable[[], Coroutine[None, None, None]] = _nothing,
            on_lost: Callable[[], Coroutine[None, None, None]] = _nothing, patience: AmiTimeouts = PATIENT) -> None:
        self._door, self._heard, self._on_up, self._on_lost, self._patience = door, heard, on_up, on_lost, patience
        self._wire: Wire | None = None
        self._gone = asyncio.Event()
        self._booted = asyncio.Event()
        self._placed: dict[str, asyncio.Future[events.OriginateResponse | None]] = {}
        self._words = "ещё не соединялись"

    async def connect(self) -> None:
        """Connect, sign in, and wait until Asterisk is loaded. Raises UnavailableError, or LoginRefusedError at once."""
        self.close()
        self._gone, self._booted = asyncio.Event(), asyncio.Event()
        try:
            async with asyncio.timeout(self._patience.answer_s):
                self._wire = await self._reach()
            await self._sign_in()
            async with asyncio.timeout(self._patience.boot_s):
                await self._until(self._booted)
        except TimeoutError as error:
            self._fail(UnavailableError(f"Asterisk {self._where} не отвечает"), error)
        except OSError as error:
            self._fail(UnavailableError(f"Asterisk {self._where} недоступен: {error.strerror or error}"), error)
        except UnavailableError as error:
            self._fail(error, error)
        self._words = f"Asterisk {self._where}"

    async def keep(self) -> None:
        """Keep the connection until cancelled: connect, reconcile, and reconnect after a loss."""
        attempt = 0
        try:
            while True:
                try:
                    await self.connect()
                    attempt = 0
                    await self._on_up()
                    await self._stay()
                except UnavailableError as error:
                    _log.warning("AMI: connection lost, reconnecting: %s", error)
                    self.close()
                    # An Asterisk that refuses the login is up, and so are its calls.
                    if attempt == len(self._patience.pauses_s) - 1 and not isinstance(error, LoginRefusedError):
                        await self._on_lost()
                await asyncio.sleep(self._pause_s(attempt))
                attempt += 1
        finally:
            self.close()

    async def action(self, name: str, **values: Field) -> Fields:
        """The answer to an action. Raises ValueError, ActionRefusedError, or UnavailableError when none comes in `AmiTimeouts.answer_s`."""
        return (await self._ask(written(name, values), listed=False))[0]

    async def wish(self, name: str, **values: Field) -> bool:
        """An action that may be too late: without its object, or without Asterisk, the goal is reached. Whether there was one."""
        try:
            await self.action(name, **values)
        except (ActionRefusedError, UnavailableError) as error:
            _log.info("AMI: optional action failed: ignored", extra={"action": name, "why": str(error)})
            return False
        return True

    async def listed(self, name: str, **values: Field) -> list[Fields]:
        """The list of an action, like CoreShowChannels or QueueStatus: the events between its answer and its end."""
        return (await self._ask(written(name, values), listed=True))[1:-1]

    async def live(self) -> list[events.Live]:
        """All current channels."""
        return [msgspec.convert(dict(each), events.Live, strict=False) for each in await self.listed("CoreShowChannels")]

    async def originate(self, call: Call) -> events.OriginateResponse:
        """Place a call and wait for its result: answered, or not within `call.wait_s`. Raises like `action`."""
        key = str(uuid4())
        outcome = self._placed[key] = asyncio.get_running_loop().create_future()
        try:
            await self.action("Originate", ActionID=key, **_placing(call))
            async with asyncio.timeout(call.wait_s + self._patience.answer_s):
                answer: events.OriginateResponse | None = await outcome
        except TimeoutError:
            answer = None
        finally:
            del self._placed[key]
        if answer is None:
            message = f"Asterisk {self._where} не сказал, чем кончился вызов"
            raise UnavailableError(message)
        return answer

    def health(self) -> Health:
        return Health(self.up, self._words)

    @property
    def up(self) -> bool:
        return self._wire is not None and not self._wire.closed

    def close(self) -> None:
        if self._wire is not None:
            self._wire.connection_lost(None)
            self._wire = None

    def _pause_s(self, attempt: int) -> float:
        return self._patience.pauses_s[min(attempt, len(self._patience.pauses_s) - 1)]

    @property
    def _where(self) -> str:
        return f"{self._door.host}:{self._door.port}"

    async def _reach(self) -> Wire:
        loop, gone = asyncio.get_running_loop(), self._gone
        _, line = await loop.create_connection(lambda: Wire(self._take, lambda: self._end(gone)), self._door.host, self._door.port)
        return line

    async def _sign_in(self) -> None:
        """The password itself is not sent."""
        challenge = await self.action("Challenge", AuthType="MD5")
        key = md5(f"{challenge['Challenge']}{self._door.password}".encode(), usedforsecurity=False).hexdigest()
        try:
            await self.action("Login", AuthType="MD5", Username=self._door.user, Key=key)
        except ActionRefusedError as error:
            message = f"Asterisk {self._where} не впускает «{self._door.user}»: неверное имя или пароль, или адрес не разрешён ({error})"
            raise LoginRefusedError(message) from error

    async def _stay(self) -> None:
        """Raises UnavailableError when the connection is lost."""
        while True:
            try:
                # asyncio.wait_for of 3.11 may swallow a cancellation at the moment of a connection loss.
                async with asyncio.timeout(self._patience.alive_s):
                    await self._gone.wait()
            except TimeoutError:
                await self.action("Ping")
            else:
                raise UnavailableError(self._words)

    async def _until(self, happened: asyncio.Event) -> None:
        """Raises UnavailableError when the connection is lost first."""
        waits = [asyncio.ensure_future(happened.wait()), asyncio.ensure_future(self._gone.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        if self._gone.is_set():
            message = f"соединение с Asterisk {self._where} прервано"
            raise UnavailableError(message)

    async def _ask(self, action: Action, *, listed: bool) -> list[Fields]:
        if self._wire is None:
            raise UnavailableError(self._words)
        line = self._wire
        try:
            async with asyncio.timeout(self._patience.answer_s):
                answer = await line.request(action, listed=listed)
        except TimeoutError as error:
            message = f"Asterisk {self._where} не ответил на {action['Action']}"
            raise UnavailableError(message) from error
        finally:
            line.forget(action)
        answers = [wire.fields(each) for each in (answer if isinstance(answer, list) else [answer])]
        if answers[0].get("Response") == "Error":
            raise ActionRefusedError(str(answers[0].get("Message", "")))
        return answers

    def _take(self, told: Fields) -> None:
        try:
            event = events.read(told)
        except msgspec.ValidationError as error:
            _log.debug("AMI: event %s ignored: %s", told.get("Event"), error)
            return
        if isinstance(event, events.FullyBooted):
            self._booted.set()
        if isinstance(event, events.OriginateResponse) and (placed := self._placed.get(event.action)) and not placed.done():
            placed.set_result(event)
        # An error of the listener must not break the connection.
        asyncio.get_running_loop().call_soon(self._heard, event)

    def _end(self, gone: asyncio.Event) -> None:
        gone.set()
        if gone is not self._gone:
            return
        self._words = f"соединение с Asterisk {self._where} прервано"
        for placed in self._placed.values():
            if not placed.done():
                placed.set_result(None)

    def _fail(self, error: UnavailableError, cause: Exception) -> None:
        self.close()
        self._words = str(error)
        raise error from (None if cause is error else cause)


def _placing(call: Call) -> dict[str, Field]:
    for name, value in (*call.variables.items(), *call.headers.items()):
        # Asterisk splits one Variable line at commas, and interprets quotes and backslashes in it.
        if any(sign in name + value for sign in ',"\\'):
            message = f"{name}: no comma, quote or backslash goes into a variable"
            raise ValueError(message)
    placing: dict[str, Field] = {
        "Channel": call.channel, "Context": call.context, "Exten": "s", "Priority": 1, "Async": "true",
        "Timeout": round(call.wait_s * 1000), "Variable": [f"{name}={value}" for name, value in call.variables.items()]
        + [f"PJSIP_HEADER(add,{name})={value}" for name, value in call.headers.items()]}
    if call.caller_id:
        placing["CallerID"] = call.caller_id
    if call.uniqueid:
        placing["ChannelId"] = call.uniqueid
    return placing
