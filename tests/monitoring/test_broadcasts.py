"""Messages to the floor outlive the hub, end in time, and are forgotten at last."""

from datetime import timedelta

import pytest

from hub.kernel.errors import RefusedError
from hub.monitoring.broadcast import FloorMessage, FloorRead
from hub.monitoring.broadcasts import KEPT, SupervisorBroadcasts
from hub.monitoring.wallboard import Group, GroupKind
from tests.authorization_rules import authorization_of
from tests.rig import ANNA, BOSS, OLGA, QUEUES, Clock, Rig

GROUPS = {f"line:{each.id}": Group(f"line:{each.id}", GroupKind.LINE, each.title, (each.id,), frozenset({""})) for each in QUEUES}


@pytest.fixture
async def mail(rig: Rig) -> SupervisorBroadcasts:
    return await started(rig)


async def started(rig: Rig) -> SupervisorBroadcasts:
    mail = SupervisorBroadcasts(rig.store, rig.clock, authorization_of(QUEUES), rig.dispatch, GROUPS)
    await mail.start()
    return mail


async def test_it_survives_a_restart_ends_in_time_and_is_forgotten_at_last(rig: Rig, clock: Clock, mail: SupervisorBroadcasts) -> None:  # OC-05
    until = clock() + timedelta(minutes=15)
    await mail.send(BOSS, "1", "Всем", "line:general", login="", urgent=False, until=until)
    await mail.send(BOSS, "2", "Ольге", "", login="olga", urgent=False, until=until)
    await mail.read(OLGA, "1")
    mail = await started(rig)
    assert ([each.text for each in mail.unread(ANNA)], [each.text for each in mail.unread(OLGA)]) == (["Всем"], ["Ольге"])
    clock.forward(15 * 60)
    assert (mail.unread(ANNA), [each.id for each in mail.sent(BOSS)]) == ([], ["2", "1"])
    with pytest.raises(RefusedError):
        await mail.send(BOSS, "3", "Поздно", "line:general", login="", urgent=False, until=clock())
    clock.forward(KEPT.total_seconds())
    assert (await started(rig)).sent(BOSS) == []
    assert (await rig.store.all(FloorMessage), await rig.store.all(FloorRead)) == ([], [])
