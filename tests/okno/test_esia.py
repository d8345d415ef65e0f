"""ЕСИА: requests that are signed by GOST, tokens that are verified by it, and all that is no proof (ST-04, SE-01)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from msgspec.structs import replace

from hub.conversations.verification_level import Account
from hub.kernel.errors import RefusedError
from okno.adapters import esia
from okno.adapters.esia import RETURN, connected
from okno.config import EsiaSettings
from okno.faults.config_error import ConfigError
from okno.signers import signer
from okno.signers.command import SigningError, connect
from tests.peers.double import CUT, TORN, refuses
from tests.peers.esia import CLIENT, Esia, Person
from tests.peers.gost import Owner

ORIGIN = "https://centre.example"


@pytest.fixture(scope="module")
def owners(tmp_path_factory: pytest.TempPathFactory) -> tuple[Owner, Owner, Owner]:
    """ЕСИА, the centre, and a stranger."""
    folder = tmp_path_factory.mktemp("gost")
    return Owner(folder, "esia"), Owner(folder, "centre"), Owner(folder, "stranger")


@pytest.fixture
async def double(owners: tuple[Owner, Owner, Owner]) -> AsyncIterator[Esia]:
    double = Esia(owners[0], owners[1], ORIGIN + RETURN)
    await double.start()
    yield double
    await double.stop()


def settings_of(double: Esia, centre: Owner, api: str = "v2", **more: Any) -> EsiaSettings:
    sign, verify = centre.commands(api, double.owner.public)
    return replace(EsiaSettings(double.base, CLIENT, ORIGIN, api=api, certificate_hash=centre.fingerprint,  # type: ignore[arg-type]
                                settings={"sign": sign, "verify": verify}), **more)


class Visit:
    """A citizen who goes there with his browser."""

    def __init__(self, at: esia.Esia, double: Esia) -> None:
        self.at, self._double = at, double

    async def goes(self, *, named: bool = False) -> tuple[dict[str, str], bytes]:
        """What he comes back with."""
        address, kept = await self.at.begin(named=named)
        async with aiohttp.ClientSession() as http, http.get(address, allow_redirects=False) as answer:
            back = answer.headers["Location"]
        assert back.startswith(ORIGIN + RETURN)
        return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}, kept

    async def proves(self, *, named: bool = False) -> Account:
        return await self.at.finish(*await self.goes(named=named))

    async def refused(self, *, named: bool = False) -> str:
        with pytest.raises(RefusedError) as refused:
            await self.proves(named=named)
        return refused.value.code


@asynccontextmanager
async def visiting(double: Esia, settings: EsiaSettings) -> AsyncIterator[Visit]:
    async with connected(settings) as at:
        yield Visit(at, double)


@pytest.fixture
async def visit(double: Esia, owners: tuple[Owner, Owner, Owner]) -> AsyncIterator[Visit]:
    async with visiting(double, settings_of(double, owners[1])) as visit:
        yield visit


@pytest.mark.peers
@pytest.mark.parametrize("pkce", [False, True])
@pytest.mark.parametrize("api", ["v1", "v2"])
async def test_a_confirmed_account_is_a_proof(double: Esia, owners: tuple[Owner, Owner, Owner], api: str, pkce: bool) -> None:
    # IN-05: the state's accounts behind a port, with the signer another one
    # ST-04: v1 by a detached CMS, v2 by a bare signature and the hash of the certificate
    async with visiting(double, settings_of(double, owners[1], api, pkce=pkce)) as visit:
        assert await visit.proves() == Account("1000299654")
        assert await visit.proves(named=True) == Account("1000299654", "Волкова Анна Петровна")
    assert double.scopes == ["openid", "openid fullname"]
    assert [each for each in double.asked if "/rs/" in each] == ["GET /rs/prns/1000299654"]


@pytest.mark.peers
async def test_an_account_that_is_not_confirmed_is_none(double: Esia, visit: Visit) -> None:
    # ST-04
    double.person = Person(7, trusted=False)
    assert await visit.refused() == await visit.refused(named=True) == "unconfirmed"
    double.person = None
    assert await visit.refused() == "denied"


@pytest.mark.peers
async def test_what_is_brought_back_is_good_once_and_for_who_began(visit: Visit) -> None:
    # SE-01
    query, kept = await visit.goes()
    _, others = await visit.goes()
    for bad in (query | {"state": "x"}, {}, {"code": query["code"]}):
        with pytest.raises(RefusedError) as refused:
            await visit.at.finish(bad, kept)
        assert refused.value.code == "failed"
    with pytest.raises(RefusedError) as refused:
        await visit.at.finish(query, others)
    assert refused.value.code == "failed"
    assert (await visit.at.finish(query, kept)).subject == "1000299654"
    with pytest.raises(RefusedError) as refused:
        await visit.at.finish(query, kept)
    assert refused.value.code == "failed"


@pytest.mark.peers
@pytest.mark.parametrize(("claim", "value"), [
    ("aud", "ANOTHER"), ("iss", "http://esia.example/"), ("exp", 1), ("nbf", 1 << 33), ("sub", None),
    ("urn:esia:sbj", {"urn:esia:sbj:is_tru": "true"}), ("urn:esia:sbj", "x")])
async def test_a_token_that_is_not_for_us_and_now_proves_nothing(double: Esia, visit: Visit, claim: str, value: object) -> None:
    # SE-01
    double.claims = {claim: value}
    assert await visit.refused() == ("unconfirmed" if claim == "urn:esia:sbj" else "failed")


@pytest.mark.peers
async def test_a_token_that_another_has_signed_proves_nothing(double: Esia, visit: Visit, owners: tuple[Owner, Owner, Owner]) -> None:
    # SE-01
    double.signs_as = owners[2]
    assert await visit.refused() == "failed"
    double.signs_as = owners[0]
    assert await visit.proves()


@pytest.mark.peers
async def test_an_access_token_or_another_algorithm_is_no_proof(double: Esia, visit: Visit, owners: tuple[Owner, Owner, Owner]) -> None:
    # SE-01
    token = await double._token("access", {"aud": CLIENT, "sub": "1", "urn:esia:sbj": {"urn:esia:sbj:is_tru": True}})
    for bad in (token, "", "a.b", "a.b.c", f"{token}x"):
        with pytest.raises(RefusedError) as refused:
            await visit.at._claims(bad)
        assert refused.value.code == "failed"
    async with visiting(double, settings_of(double, owners[1], algorithm="RS256")) as other:
        assert await other.refused() == "failed"


@pytest.mark.peers
async def test_what_is_not_the_citizens_fault_is_not_counted_as_one(
    double: Esia, owners: tuple[Owner, Owner, Owner], caplog: pytest.LogCaptureFixture) -> None:
    # ST-04: clocks, certificates, keys: somebody here must hear of it
    settings = settings_of(double, owners[1])
    for wrong in (replace(settings, certificate_hash="00"), replace(settings, client="OTHER"), settings_of(double, owners[2], certificate_hash=owners[1].fingerprint)):
        async with visiting(double, wrong) as visit:
            assert await visit.refused() == "misconfigured"
    async with visiting(double, settings) as visit:
        double.clock_s = 3600
        assert await visit.refused() == "misconfigured"
    assert [code for code in ("ESIA-007002", "ESIA-007053", "ESIA-007015") if code in caplog.text] == ["ESIA-007002", "ESIA-007053", "ESIA-007015"]


@pytest.mark.peers
async def test_esia_that_is_away_is_away(double: Esia, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    # ST-04
    exchange = "POST /aas/oauth2/v3/te"
    for fault in (CUT, TORN, refuses(502), refuses(503, b"<html>"), refuses(200, b"<html>"),
                  refuses(400, b'{"error":"temporarily_unavailable","error_description":"ESIA-007008: busy"}')):
        double.fails(exchange, fault)
        assert await visit.refused() == "away"
    double.fails(exchange, refuses(400, b"what?"))
    assert await visit.refused() == "misconfigured"
    double.fails("GET /rs/prns/1000299654", refuses(500))
    assert await visit.refused(named=True) == "away"
    assert double.unspent == 0


@pytest.mark.peers
async def test_a_signer_that_fails_is_told_of_without_what_it_signed(double: Esia, owners: tuple[Owner, Owner, Owner], caplog: pytest.LogCaptureFixture) -> None:
    # SE-01
    settings = settings_of(double, owners[1])
    for command, said in ((["/nowhere/csptest"], "No such file"), (["openssl", "dgst", "-nothing"], "ended with"), (["true"], "ended with 0"), (["sleep", "9"], "not done in 0.2 s")):
        async with visiting(double, replace(settings, settings=settings.settings | {"sign": command, "timeout_s": 0.2})) as visit:
            assert await visit.refused() == "misconfigured"
        assert said in caplog.text
    assert CLIENT not in caplog.text


@pytest.mark.peers
async def test_a_program_may_work_with_files_and_turn_signatures_about() -> None:
    # SE-01: as КриптоПро does
    signer = connect({"sign": ["cp", "{data}", "{out}"], "verify": ["cmp", "-s", "{data}", "{signature}"], "reversed": True})
    assert await signer.sign(b"abc") == b"cba"
    assert await signer.verify(b"abc", b"abc")
    assert not await signer.verify(b"abc", b"cba")
    with pytest.raises(SigningError):
        await connect({"sign": ["true"], "verify": ["true"]}).sign(b"abc")


def test_bad_settings_are_named() -> None:
    # SE-01
    with pytest.raises(ConfigError, match="there is no signer 'nobody'"):
        signer(EsiaSettings(signer="nobody"))
    with pytest.raises(ConfigError, match="esia: command: Object missing required field `sign`"):
        signer(EsiaSettings())


@pytest.mark.peers
async def test_many_come_at_once(visit: Visit) -> None:
    # ST-04
    assert len(await asyncio.gather(*(visit.proves() for _ in range(8)))) == 8
