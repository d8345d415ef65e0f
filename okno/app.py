"""Sets the hub up, room by room, and closes it in reverse order. The parts are built in okno/rooms/."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial

from channels.intake import keep_going, pump
from channels.tls import Certificate
from hub.access.operator import Operator, Role
from hub.conversations.ports import BackgroundChannel, CarryingChannel, Channel, Store
from hub.desk.sign_in.sessions import Sessions
from hub.federation.ports import Link
from hub.intake.ports import Intake
from hub.kernel.health import ChannelCounters
from okno.config import Config, deprecated_settings
from okno.extras import absent_conveniences
from okno.rooms.automation import set_up_automation
from okno.rooms.base import set_up_base
from okno.rooms.cases import set_up_cases
from okno.rooms.channels import set_up_channels
from okno.rooms.citizens import set_up_citizens
from okno.rooms.conversations import set_up_conversations
from okno.rooms.desk import Rooms, set_up_desk
from okno.rooms.dispatch import hear_of_commits, set_up_dispatch
from okno.rooms.http import serve_all
from okno.rooms.intake import open_channels, set_up_intake, trace
from okno.rooms.knowledge import set_up_knowledge
from okno.rooms.monitoring import set_up_monitoring
from okno.rooms.privacy import set_up_privacy
from okno.rooms.programme import set_up_programme
from okno.rooms.quality import set_up_quality
from okno.rooms.robot import set_up_robot
from okno.rooms.start import start
from okno.rooms.telephony import set_up_telephony
from okno.rooms.training import set_up_training
from okno.rooms.workforce import set_up_workforce
from okno.serving.certificates import all_certificates
from okno.serving.heartbeat import UNWATCHED, Heartbeat
from okno.serving.leadership import Leadership
from okno.stores import now

log = logging.getLogger(__name__)

FIRST_LOGIN = "admin"


class Hub:
    """A running hub: its address, and the first operator's one-time password if it is still unused."""

    def __init__(self, address: str, password: str, store: Store, certificates: Sequence[Certificate]) -> None:
        self.address, self.password, self.store, self._certificates = address, password, store, certificates

    def refresh(self) -> None:
        """Reload renewed certificates."""
        for certificate in self._certificates:
            certificate.refresh()


@asynccontextmanager
async def running(config: Config, now: Callable[[], datetime] = now, leading: Leadership | None = None, link: Link | None = None,
                  heart: Heartbeat = UNWATCHED) -> AsyncIterator[Hub]:
    """A hub from open store to open port; on exit it stops receiving, finishes current work and closes everything.

    With `leading` it serves clients of other hubs. `now` is its only clock; `link` replaces the configured link to other
    deployments.
    """
    async with AsyncExitStack() as stack:
        for notice in deprecated_settings(config):
            log.warning("deprecated setting in the configuration", extra={"which": notice})
        for notice in absent_conveniences():
            log.info("optional extra is not installed", extra={"which": notice})
        rooms = await set_up(stack, config, now, leading, link, heart)
        desk = set_up_desk(rooms)
        open_channels(rooms.base, rooms.intake)
        await rooms.channels.channel_setups.start()
        await start(rooms, desk)
        heart.up()  # everything is loaded: from now on only messages block the loop
        doors, intake = rooms.base.doors, rooms.intake
        await stack.enter_async_context(working(
            {each.name: each for each in rooms.channels.configured()}, intake.message_intake, doors.counters))
        rooms.channels.switchboard.begin()
        certificates = all_certificates(doors.certificate, doors.channels.values())
        address = await serve_all(rooms, desk, leading, heart, certificates)
        intake.reactions.catch_up()
        try:
            yield Hub(address, await first_operator(rooms.base.store, rooms.acting.sessions, rooms.base.config), rooms.base.store,
                      certificates)
        finally:
            if leading is not None:
                await leading.inside.close()
            await rooms.monitoring.channel_checks.close()
            await rooms.channels.switchboard.rest()
            await intake.reactions.stop_talking()  # otherwise new messages would delay the end
            # Disconnected clients reconnect at once, and find the next process or try again.
            await asyncio.gather(desk.live.close(), *(channel.close() for channel in doors.channels.values()))


async def set_up(stack: AsyncExitStack, config: Config, now: Callable[[], datetime], leading: Leadership | None, link: Link | None,
                 heart: Heartbeat) -> Rooms:
    """All rooms, the lower levels first. Raises ConfigError, StoreError."""
    base, organisation, russian = await set_up_base(stack, config, now, leading, link)
    knowledge = await set_up_knowledge(base, organisation, russian)
    conversations = await set_up_conversations(base, organisation, heart)
    dispatching, acting = await set_up_dispatch(base, organisation, knowledge, conversations)
    trace(stack, base, dispatching)
    monitoring = await set_up_monitoring(base, organisation, dispatching)
    telephony = set_up_telephony(base, organisation, knowledge, dispatching, acting)
    citizens = await set_up_citizens(base, organisation, conversations, acting)
    case_work = await set_up_cases(base, organisation, knowledge, conversations, acting, citizens, dispatching.dispatch.name)
    robot = await set_up_robot(base, organisation, knowledge, dispatching, citizens, case_work)
    privacy = set_up_privacy(base, organisation, conversations, dispatching, acting, citizens, case_work)
    judging = await set_up_quality(base, organisation, knowledge, conversations, acting, privacy)
    training = await set_up_training(base, organisation, knowledge, dispatching, judging)
    workforce = set_up_workforce(base, organisation, dispatching, monitoring)
    programme = set_up_programme(base, organisation, knowledge, dispatching, monitoring, case_work, training)
    intake = set_up_intake(base, knowledge, conversations, dispatching, acting, citizens, case_work, robot, telephony,
                           privacy, judging)
    hear_of_commits(base, dispatching, acting)
    automation = set_up_automation(base, organisation, knowledge, acting)
    await citizens.systems.start()
    channels = set_up_channels(base, russian, monitoring.channel_monitor, intake)
    return Rooms(base, organisation, knowledge, conversations, dispatching, acting, monitoring, telephony, citizens, case_work, robot,
                 privacy, judging, training, workforce, programme, intake, automation, channels)


async def first_operator(store: Store, sessions: Sessions, config: Config) -> str:
    """Until somebody has signed in and chosen a password, each start creates a new one-time password for the first account."""
    operators = await store.all(Operator)
    if operators and not (len(operators) == 1 and operators[0].login == FIRST_LOGIN and operators[0].one_time):
        return ""
    first = Operator(FIRST_LOGIN, "Администратор", Role.ADMIN, tuple(queue.id for queue in config.queues))
    return (await sessions.one_time_password(first, ""))[1]


@asynccontextmanager
async def working(channels: Mapping[str, Channel], intake: Intake, counters: Mapping[str, ChannelCounters]) -> AsyncIterator[None]:
    """Receives messages and runs background work within its context."""
    works: dict[str, Callable[[], Awaitable[None]]] = {
        name: partial(pump, channel, intake) for name, channel in channels.items() if isinstance(channel, CarryingChannel)}
    works |= {name: channel.work for name, channel in channels.items() if isinstance(channel, BackgroundChannel)}
    # No TaskGroup: these tasks do not fail, and it would wrap what stops the start in a group of one.
    tasks = [asyncio.create_task(keep_going(name, work, counters[name])) for name, work in works.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
