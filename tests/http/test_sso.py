"""Single sign-on against a certified provider: roles by rules, nobody by default, keys that change, an end that is told (SE-01)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.house import Clerk, House, People, house_in, people
from tests.peers.identities import Provider, Visitor, provider
from tests.peers.ports import free_ports

pytestmark = pytest.mark.peers

SECRET = "a secret of the client"
CENTRE = """queues = [{{ id = "general", title = "Общая" }}, {{ id = "city", title = "Город" }}]
topics = [{{ id = "other", title = "Другое" }}]
[desk]
origin = "{origin}"
required_for = ["admin"]
[oidc]
issuer = "{issuer}"
client = "okno"
secret_file = "{folder}/secret"
title = "Войти как сотрудник"
rules = [{{ value = "chiefs", role = "supervisor", queues = ["general"] }}, {{ value = "line", role = "operator", centre = "000" }}]
"""


class Place:
    """A hub, its provider on a port of its own, and whoever comes to both."""

    def __init__(self, stack: AsyncExitStack, house: House, present: People, port: int) -> None:
        self._stack, self._house, self._present, self._port = stack, house, present, port
        self.issuer = f"http://127.0.0.1:{port}"
        self._provider = AsyncExitStack()
        self._people: Provider | None = None

    async def open(self) -> None:
        """Open the provider, anew with other keys."""
        await self._provider.aclose()
        self._people = await self._provider.enter_async_context(provider(self._port, self._house.base, SECRET))

    async def close(self) -> None:
        await self._provider.aclose()

    async def visitor(self) -> Visitor:
        visitor = Visitor()
        self._stack.push_async_callback(visitor.close)
        return visitor

    async def come(self, login: str, *groups: str) -> tuple[str, Clerk, Visitor]:
        """Where somebody ends who is in these groups, and he at the desk."""
        visitor = await self.visitor()
        if self._people:
            await self._people.knows(login, *groups)
        address, _ = await visitor.sign_in(f"{self._house.base}/api/sso/begin", login)
        clerk = self._present.stranger(login)
        clerk.http.cookie_jar.update_cookies({each.key: each.value for each in visitor.http.cookie_jar if each.key == "okno"})
        return address, clerk, visitor


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[tuple[Place, House, People]]:
    hub, port = free_ports(2)
    (tmp_path / "secret").write_text(SECRET)
    config = tmp_path / "okno.toml"
    config.write_text(CENTRE.format(origin=f"http://127.0.0.1:{hub}", issuer=f"http://127.0.0.1:{port}", folder=tmp_path), encoding="utf8")
    with house_in(tmp_path, config, {"OKNO_LISTEN": f"127.0.0.1:{hub}"}) as house:
        async with people(house) as present, AsyncExitStack() as stack:
            there = Place(stack, house, present, port)
            stack.push_async_callback(there.close)
            yield there, house, present


@pytest.mark.smoke
async def test_roles_follow_the_directory(place: tuple[Place, House, People]) -> None:
    # SE-01
    there, house, present = place
    await there.open()
    assert (await present.stranger().does("GET", "/api/session/ways"))["provider"] == "Войти как сотрудник"
    address, anna, visitor = await there.come("anna", "line", "others")
    assert address == f"{house.base}/desk/"
    me = await anna.does("GET", "/api/me")
    assert (me["login"], me["name"], me["role"], me["queues"], me["must_enrol"]) == ("anna", "Имя anna", "operator", ["general", "city"], False)
    assert [each["second"] for each in await anna.does("GET", "/api/security/sessions")] == ["provider"]
    line = await anna.live()
    await line.hear("hello")
    # Her account has no password that could be guessed.
    status, answer = await present.stranger().call("POST", "/api/session", {"login": "anna", "password": "any"})
    assert (status, answer["error"]) == (401, "bad_credentials")
    await visitor.close()
    _, chief, _ = await there.come("anna", "chiefs", "line")
    assert (await chief.does("GET", "/api/me"))["role"] == "supervisor"
    # Whoever is in no group any more is out at once, also where he sits already.
    address, nobody, _ = await there.come("anna", "others")
    assert address == f"{house.base}/desk/?refused=not_entitled"
    assert (await nobody.call("GET", "/api/me"))[0] == 401
    await line.hear("signed_out")
    assert (await chief.call("GET", "/api/me"))[0] == 401


async def test_nobody_gets_in_by_anothers_login_or_without_a_rule(place: tuple[Place, House, People]) -> None:
    # SE-01
    there, house, _ = place
    await there.open()
    for login, group, problem in (("stranger", "others", "not_entitled"), ("stranger", "", "not_entitled"), ("admin", "chiefs", "other_account"),
                             ("break-glass", "chiefs", "other_account"),
                             ("bad login", "chiefs", "not_entitled")):
        address, clerk, _ = await there.come(login, group)
        assert address == f"{house.base}/desk/?refused={problem}", login
        assert (await clerk.call("GET", "/api/me"))[0] == 401


async def test_new_keys_of_the_provider_are_learnt(place: tuple[Place, House, People]) -> None:
    # SE-01
    there, house, _ = place
    await there.open()
    assert (await there.come("anna", "line"))[0] == f"{house.base}/desk/"
    await there.close()
    await there.open()
    # Asked for at most every ten seconds; whoever comes before is told to come again, and the hub waits for nobody.
    while (address := (await there.come("anna", "line"))[0]) != f"{house.base}/desk/":
        assert address == f"{house.base}/desk/?refused=sso_refused"


async def test_an_end_at_the_provider_is_one_here(place: tuple[Place, House, People]) -> None:
    # SE-01
    there, _, _ = place
    await there.open()
    _, anna, visitor = await there.come("anna", "line")
    _, elsewhere, _ = await there.come("anna", "line")
    _, boris, _ = await there.come("boris", "line")
    line = await anna.live()
    await line.hear("hello")
    await visitor.sign_out(there.issuer)
    await line.hear("signed_out")
    assert (await anna.call("GET", "/api/me"))[0] == 401
    await elsewhere.does("GET", "/api/me")
    await boris.does("GET", "/api/me")


async def test_what_comes_back_belongs_to_the_browser_that_began(place: tuple[Place, House, People]) -> None:
    # SE-01: login CSRF
    there, house, present = place
    await there.open()
    visitor = await there.visitor()
    async with visitor.http.get(f"{house.base}/api/sso/begin", allow_redirects=False) as answer:
        assert answer.headers["Location"].startswith(there.issuer)
        for part in ("response_type=code", "code_challenge_method=S256", "state=", "nonce=", "code_challenge="):
            assert part in answer.headers["Location"]
        cookie = answer.cookies["okno_sso"]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    # ASVS 5.0 7.6.2: a page of somebody else's begins nothing.
    async with visitor.http.get(f"{house.base}/api/sso/begin", headers={"Sec-Fetch-Site": "cross-site"}, allow_redirects=False) as answer:
        assert (answer.headers["Location"], len(answer.cookies)) == ("/desk/?refused=sso_refused", 0)
    for cookies in ({}, {"okno_sso": "AAAA"}, {"okno_sso": cookie.value[:-8] + "AAAAAAAA"}, {"okno_sso": cookie.value}):
        async with present.http.get(f"{house.base}/api/sso/end?code=x&state=y", cookies=cookies, allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/desk/?refused=sso_refused"
            assert "okno" not in answer.cookies
    for token in ("", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."):
        async with present.http.post(f"{house.base}/api/sso/logout", data={"logout_token": token}) as answer:
            assert (answer.status, (await answer.json())["error"]) == (400, "bad_logout")


async def test_without_the_provider_passwords_still_open(place: tuple[Place, House, People]) -> None:
    # SE-01
    there, house, present = place
    address, _, _ = await there.come("anna", "line")
    assert address == f"{house.base}/desk/?refused=sso_away"
    assert (await present.admin()).csrf
