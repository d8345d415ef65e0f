"""The second step of signing in: set up, asked for, used once, guessed in vain, reset, sealed (SE-01)."""

import asyncio
import base64
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hub.access.second_factor import code_at
from hub.desk.rooms import ENDPOINTS
from tests.house import PASSWORD, Clerk, House, People, house_in, people
from tests.http.test_sign_in import path_of

CENTRE = """queues = [{ id = "general", title = "Общая" }]
topics = [{ id = "other", title = "Другое" }]
"""


class Telephone:
    """Somebody's authenticator: it read the address, and shows a code that was not used yet."""

    def __init__(self, address: str) -> None:
        self.secret = base64.b32decode(parse_qs(urlsplit(address).query)["secret"][0])
        self._step = 0

    def code(self) -> str:
        """The hub takes one step ahead, too: nobody has to wait for the next."""
        here = int(time.time()) // 30
        self._step = max(self._step + 1, here - 1)
        assert self._step <= here + 1, "too many codes for one test"
        return code_at(self.secret, self._step)


def config(folder: Path, desk: str = "", more: str = "") -> Path:
    path = folder / "okno.toml"
    path.write_text(CENTRE + more + (f"[desk]\n{desk}\n" if desk else ""), encoding="utf8")
    return path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with house_in(folder, config(folder)) as running:
        yield running


async def enrol(clerk: Clerk) -> tuple[Telephone, list[str]]:
    """An authenticator and the recovery codes."""
    begun = await clerk.does("POST", "/api/security/authenticator", {"password": PASSWORD})
    telephone = Telephone(begun["address"])
    assert base64.b32decode(begun["secret"]) == telephone.secret
    return telephone, (await clerk.does("POST", "/api/security/authenticator/confirm", {"code": telephone.code()}))["codes"]


async def enters(at: People, login: str, code: str = "", password: str = PASSWORD) -> tuple[int, Any]:
    return await at.stranger(login).call("POST", "/api/session", {"login": login, "password": password, "code": code})


async def test_a_code_is_asked_for_and_is_good_once(admin: Clerk, at: People) -> None:
    # SE-01
    anna = await at.clerk(admin)
    nothing = {"offered": True, "authenticator": False, "recovery_left": 0, "passkeys_offered": False, "passkeys": []}
    assert await anna.does("GET", "/api/security") == nothing
    telephone, codes = await enrol(anna)
    assert await anna.does("GET", "/api/security") == nothing | {"authenticator": True, "recovery_left": 10}
    status, answer = await enters(at, anna.login)
    assert (status, answer["error"]) == (401, "second_factor")
    code = telephone.code()
    assert (await enters(at, anna.login, f"{code[:3]} {code[3:]}"))[0] == 200
    status, answer = await enters(at, anna.login, code)
    assert (status, answer["error"]) == (401, "wrong_second_factor")
    # Whoever does not know the password learns nothing of a second factor.
    for tried in ("", "123456", codes[0]):
        status, answer = await enters(at, anna.login, tried, "wrong password")
        assert (status, answer["error"]) == (401, "bad_credentials")
    told = [audit_entry["detail"] for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["by"] == anna.login and audit_entry["what"].startswith("sign_in")]
    assert told[:3] == ["127.0.0.1", "127.0.0.1: wrong_second_factor", "127.0.0.1 code"]


async def test_of_many_that_come_at_once_with_one_code_one_gets_in(admin: Clerk, at: People) -> None:
    # SE-01
    anna = await at.clerk(admin)
    telephone, codes = await enrol(anna)
    for code in (telephone.code(), codes[0]):
        statuses = [status for status, _ in await asyncio.gather(*(enters(at, anna.login, code) for _ in range(8)))]
        assert sorted(statuses) == [200] + [401] * 7


async def test_a_recovery_code_opens_once_and_new_ones_end_the_old(admin: Clerk, at: People) -> None:
    # SE-01
    anna = await at.clerk(admin)
    _, codes = await enrol(anna)
    assert len(set(codes)) == 10
    assert (await enters(at, anna.login, codes[0].upper()))[0] == 200
    assert (await enters(at, anna.login, codes[0]))[0] == 401
    assert (await anna.does("GET", "/api/security"))["recovery_left"] == 9
    fresh = (await anna.does("POST", "/api/security/recovery", {"password": PASSWORD}))["codes"]
    assert (await enters(at, anna.login, codes[1]))[0] == 401
    assert (await enters(at, anna.login, fresh[1]))[0] == 200
    about = [audit_entry["what"] for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["by"] == anna.login]
    assert about.count("recovery_code_used") == 2
    assert "recovery_codes_made" in about


async def test_the_password_is_asked_again_and_other_sessions_end(admin: Clerk, at: People) -> None:
    # SE-01
    anna = await at.clerk(admin)
    other = await at.stranger(anna.login).sign_in()
    line = await other.live()
    await line.hear("hello")
    for path in ("authenticator", "recovery", "authenticator/remove"):
        status, answer = await anna.call("POST", f"/api/security/{path}", {"password": "wrong password"})
        assert (status, answer["error"]) == (403, "wrong_password")
    status, answer = await anna.call("POST", "/api/security/authenticator/confirm", {"code": "123456"})
    assert (status, answer["error"]) == (409, "not_begun")
    await anna.does("POST", "/api/security/authenticator", {"password": PASSWORD})
    status, answer = await anna.call("POST", "/api/security/authenticator/confirm", {"code": "12345"})
    assert answer["error"] == "wrong_code"
    assert not (await anna.does("GET", "/api/security"))["authenticator"]
    await enrol(anna)
    await line.hear("signed_out")
    assert (await other.call("GET", "/api/me"))[0] == 401
    assert (await anna.call("POST", "/api/security/authenticator", {"password": PASSWORD}))[1]["error"] == "already_enrolled"


async def test_it_is_taken_away_by_whoever_has_shown_it(admin: Clerk, at: People) -> None:
    # SE-01
    anna = await at.clerk(admin)
    await enrol(anna)
    await anna.does("POST", "/api/security/authenticator/remove", {"password": PASSWORD})
    assert (await enters(at, anna.login))[0] == 200


async def test_an_administrator_resets_anothers_but_not_his_own(admin: Clerk, at: People) -> None:
    # SE-01
    anna = await at.clerk(admin)
    await enrol(anna)
    assert (await anna.call("POST", f"/api/operators/{admin.login}/security/reset"))[1]["error"] == "forbidden"
    assert (await admin.call("POST", f"/api/operators/{admin.login}/security/reset"))[1]["error"] == "yourself"
    assert (await admin.call("POST", "/api/operators/nobody/security/reset"))[0] == 404
    await admin.does("POST", f"/api/operators/{anna.login}/security/reset")
    assert (await anna.call("GET", "/api/me"))[0] == 401
    assert (await enters(at, anna.login))[0] == 200
    told = [audit_entry["about"] for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["what"] == "second_factor_reset"]
    assert told == [anna.login]


async def test_a_new_password_goes_around_no_second_factor(admin: Clerk, at: People) -> None:
    # SE-01: ASVS 5.0 6.4.3
    anna = await at.clerk(admin)
    await enrol(anna)
    given = (await admin.does("POST", f"/api/operators/{anna.login}/reset"))["one_time_password"]
    status, answer = await at.stranger().call("POST", "/api/session", {"login": anna.login, "password": given})
    assert (status, answer["error"]) == (401, "second_factor")


async def test_guesses_of_codes_wait_as_guesses_of_passwords_do(tmp_path: Path) -> None:
    # SE-01
    with house_in(tmp_path, config(tmp_path), environment={"OKNO_LIMITS": "on"}) as house:
        async with people(house) as present:
            admin = await present.admin()
            telephone, _ = await enrol(admin)
            for _ in range(7):  # a right password without a code is no failure
                assert (await enters(present, admin.login))[1]["error"] == "second_factor"
            statuses = [(await enters(present, admin.login, f"{n:06}"))[0] for n in range(8)]
            assert set(statuses) == {401, 429}
            assert statuses.count(401) <= 7
            number = 8
            while (await enters(present, admin.login, f"{number:06}"))[0] != 429:
                number += 1
            assert (await enters(present, admin.login, telephone.code()))[0] == 429  # not even with the right one


async def test_whoever_must_have_one_does_nothing_before(tmp_path: Path) -> None:
    # SE-01
    with house_in(tmp_path, config(tmp_path, 'required_for = ["admin"]')) as house:
        async with people(house) as present:
            admin = await present.admin()
            assert (await admin.does("GET", "/api/me"))["must_enrol"]
            for each in ENDPOINTS:
                if not (each.first or each.public):
                    status, answer = await admin.call(each.method, path_of(each), {})
                    assert (status, answer["error"]) == (403, "must_enrol"), each.path
            assert (await admin.call("GET", "/api/socket", headers={"Origin": house.base}))[1]["error"] == "must_enrol"
            telephone, _ = await enrol(admin)
            assert not (await admin.does("GET", "/api/me"))["must_enrol"]
            operator = await present.clerk(admin)  # whose role need not
            assert not (await operator.does("GET", "/api/me"))["must_enrol"]
            status, me = await enters(present, admin.login, telephone.code())
            assert (status, me["must_enrol"]) == (200, False)
            # A stolen telephone, and a session from before it was set up, are not enough to take it away.
            await admin.does("POST", "/api/security/authenticator/remove", {"password": PASSWORD})
            status, me = await enters(present, admin.login)
            assert (status, me["must_enrol"]) == (200, True)


async def test_where_it_is_off_nobody_is_asked(tmp_path: Path) -> None:
    # SE-01
    with house_in(tmp_path, config(tmp_path, 'second_factor = "off"\nrequired_for = ["admin"]')) as house:
        async with people(house) as present:
            admin = await present.admin()
            assert not (await admin.does("GET", "/api/security"))["offered"]
            status, answer = await admin.call("POST", "/api/security/authenticator", {"password": PASSWORD})
            assert (status, answer["error"]) == (409, "not_offered")


async def test_secrets_are_sealed_and_their_keys_are_changed_while_the_hub_runs(tmp_path: Path) -> None:
    # SE-01
    path = config(tmp_path, more=f'keys = {{ driver = "file", settings = {{ path = "{tmp_path}/okno.keys" }} }}\n')
    assert House(tmp_path, path).run("keys", "new").returncode == 0
    with house_in(tmp_path, path) as house:
        async with people(house) as present:
            admin = await present.admin()
            telephone, codes = await enrol(admin)
            for change in ("new", "rotate"):
                done = await asyncio.to_thread(house.run, "keys", change)
                assert done.returncode == 0, done.stderr
            assert "1 secrets" in done.stdout
            assert (await enters(present, admin.login, telephone.code()))[0] == 200
            house.stop()
    with sqlite3.connect(house.data / "okno.db") as db:
        kinds, documents = zip(*db.execute("SELECT kind, doc FROM documents"), strict=True)
    everything = b"".join(documents)
    assert "code_secret" in kinds
    for secret in (telephone.secret, base64.b64encode(telephone.secret), base64.b32encode(telephone.secret), *map(str.encode, codes)):
        assert secret not in everything
