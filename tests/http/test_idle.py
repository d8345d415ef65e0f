"""Sessions end when nobody touches the desk, and one-time passwords when nobody changes them (SE-01; ASVS 5.0 6.4.1, 7.3.1, 7.3.2)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bots.russian import Russian
from hub.access.operator import Operator, Role
from hub.desk.sign_in.sessions import LASTS, ONE_TIME, Sessions
from hub.kernel.errors import RefusedError
from storage.memory import MemoryStore
from tests.house import house_in, knowledge_alone, people

HALF = timedelta(minutes=30)


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
async def anna() -> tuple[Sessions, Clock, str]:
    """Her one-time password, a moment after it was given."""
    clock, store = Clock(), MemoryStore(Russian())
    sessions = Sessions(store, clock.now, limited=True, idle=2 * HALF)
    return sessions, clock, (await sessions.one_time_password(Operator("anna", "Анна", Role.OPERATOR), ""))[1]


async def test_whoever_works_stays_until_the_end_of_the_session(anna: tuple[Sessions, Clock, str]) -> None:
    sessions, clock, password = anna
    token, session, _ = await sessions.sign_in("anna", password, "127.0.0.1")
    while clock.at + HALF < session.at + LASTS:
        clock.at += HALF
        assert (await sessions.who(token))[0] == session
    clock.at += HALF
    with pytest.raises(RefusedError) as refused:
        await sessions.who(token)
    assert refused.value.code == "not_signed_in"


async def test_whoever_does_nothing_is_signed_out(anna: tuple[Sessions, Clock, str]) -> None:
    sessions, clock, password = anna
    token, session, _ = await sessions.sign_in("anna", password, "127.0.0.1")
    ended = []
    sessions.on_end.subscribe(ended.append)
    await sessions.who(token)
    clock.at += 2 * HALF
    for _ in range(2):
        with pytest.raises(RefusedError) as refused:
            await sessions.who(token)
        assert refused.value.code == "not_signed_in"
    assert ended == [session]
    assert await sessions.of("anna") == []


async def test_a_password_is_kept_as_argon2id(anna: tuple[Sessions, Clock, str]) -> None:
    # ASVS 5.0 11.4.2, OWASP Password Storage: 19 MiB, 2 passes
    _, _, operator = await anna[0].sign_in("anna", anna[2], "127.0.0.1")
    assert operator.password.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_one_time_password_is_good_for_days(anna: tuple[Sessions, Clock, str]) -> None:
    sessions, clock, password = anna
    clock.at += ONE_TIME - HALF
    token, session, operator = await sessions.sign_in("anna", password, "127.0.0.1")
    clock.at += HALF
    with pytest.raises(RefusedError) as refused:
        await sessions.sign_in("anna", password, "127.0.0.1")
    assert refused.value.code == "bad_credentials"
    changed = await sessions.change_password(operator, password, "seventeen quiet lanterns", session)
    assert (changed.one_time, changed.one_time_until) == (False, None)
    clock.at += 10 * ONE_TIME
    assert (await sessions.sign_in("anna", "seventeen quiet lanterns", "127.0.0.1"))[2].login == "anna"
    assert token


async def test_a_socket_that_says_nothing_ends_with_its_session(tmp_path: Path) -> None:
    config = knowledge_alone(tmp_path)
    config.write_text(f"{config.read_text('utf8')}\n[desk]\nidle_min = 0.05\n", "utf8")
    with house_in(tmp_path, config) as house:
        async with people(house) as present:
            admin = await present.admin()
            line = await admin.live()
            await line.hear("hello")
            await line.hear("signed_out")
            assert await line.hung_up() == 1012
            assert (await admin.call("GET", "/api/me"))[1]["error"] == "not_signed_in"
            again = await present.stranger(admin.login).sign_in()
            assert ("sign_out", "время сеанса вышло") in [(audit_entry["what"], audit_entry["detail"]) for audit_entry in await again.does("GET", "/api/audit")]
