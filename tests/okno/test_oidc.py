"""What a provider that means ill, or is no provider, could send: none of it signs anybody in (SE-01). The certified one: tests/http/test_sso.py."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from hub.kernel.errors import RefusedError
from okno.adapters.oidc import LOGOUT, Provider, connected
from okno.config import OidcSettings

SECRET = "the client's secret, which is long enough for a signature"
KEY, FOREIGN = RSAKey.generate_key(2048, {"kid": "1"}), RSAKey.generate_key(2048, {"kid": "1"})


class Imposter:
    """Speaks as a provider does, and signs what the test wants."""

    def __init__(self) -> None:
        self.issuer = self.named = ""
        self.token = ""
        self.form: dict[str, Any] = {}

    async def about(self, _: web.Request) -> web.Response:
        return web.json_response({"issuer": self.named or self.issuer, "jwks_uri": f"{self.issuer}/keys", "token_endpoint": f"{self.issuer}/token",
                                  "authorization_endpoint": f"{self.issuer}/auth"})

    async def keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [KEY.as_dict(private=False)]})

    async def tokens(self, request: web.Request) -> web.Response:
        self.form = dict(await request.post())
        return web.json_response({"id_token": self.token, "access_token": "x", "token_type": "Bearer"})


@pytest.fixture
async def imposter() -> AsyncIterator[Imposter]:
    there, app = Imposter(), web.Application()
    app.add_routes([web.get("/.well-known/openid-configuration", there.about), web.get("/keys", there.keys), web.post("/token", there.tokens)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    there.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield there
    await runner.cleanup()


@pytest.fixture
async def asked(imposter: Imposter, tmp_path: Path) -> AsyncIterator[Provider]:
    (tmp_path / "secret").write_text(SECRET)
    async with connected(OidcSettings(imposter.issuer, "okno", str(tmp_path / "secret")), "https://desk.example") as provider:
        yield provider


async def begun(provider: Provider) -> tuple[dict[str, str], bytes]:
    address, kept = await provider.begin()
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}, kept


def claims(issuer: str, nonce: str, /, **changed: Any) -> dict[str, Any]:
    usual = {"iss": issuer, "aud": "okno", "sub": "1", "nonce": nonce, "iat": int(time.time()), "exp": int(time.time()) + 300,
             "preferred_username": "Anna", "groups": ["line"]}
    return {name: value for name, value in (usual | changed).items() if value is not None}


async def test_what_is_right_is_taken(imposter: Imposter, asked: Provider) -> None:
    query, kept = await begun(asked)
    imposter.token = jwt.encode({"alg": "RS256", "kid": "1"}, claims(imposter.issuer, query["nonce"]), KEY)
    person = await asked.finish({"state": query["state"], "code": "c", "iss": imposter.issuer}, kept)
    assert (person.subject, person.login, person.values) == ("1", "anna", ("line",))
    assert imposter.token not in str(person)  # ASVS 5.0 10.1.1: no token goes further
    assert imposter.form["redirect_uri"] == "https://desk.example/api/sso/end"
    assert imposter.form["client_secret"] == SECRET
    assert 43 <= len(imposter.form["code_verifier"]) <= 128  # RFC 7636 4.1


@pytest.mark.parametrize("changed", [
    {"iss": "https://evil.example"}, {"iss": None}, {"aud": "another"}, {"aud": None}, {"aud": ["okno", "another"]}, {"azp": "another"},
    {"nonce": "another"}, {"nonce": None}, {"exp": 1}, {"exp": None}, {"sub": None}, {"iat": None}, {"iat": 2 ** 40}, {"at_hash": "AAAA"}],
    ids=str)
async def test_a_token_that_is_not_for_this_sign_in_is_refused(imposter: Imposter, asked: Provider, changed: dict[str, Any]) -> None:
    # SE-01
    query, kept = await begun(asked)
    imposter.token = jwt.encode({"alg": "RS256", "kid": "1"}, claims(imposter.issuer, query["nonce"], **changed), KEY)
    with pytest.raises(RefusedError) as refused:
        await asked.finish({"state": query["state"], "code": "c"}, kept)
    assert refused.value.code == "sso_refused"


@pytest.mark.parametrize(("acr", "good"), [("mfa", True), ("phr", True), ("password", False), (None, False)])
async def test_a_way_of_signing_in_that_is_not_good_enough_is_refused(imposter: Imposter, acr: str | None, good: bool) -> None:
    # SE-01: ASVS 5.0 6.8.4
    async with connected(OidcSettings(imposter.issuer, "okno", acr=("mfa", "phr")), "https://desk.example") as provider:
        query, kept = await begun(provider)
        assert query["acr_values"] == "mfa phr"
        imposter.token = jwt.encode({"alg": "RS256", "kid": "1"}, claims(imposter.issuer, query["nonce"], acr=acr), KEY)
        coming = provider.finish({"state": query["state"], "code": "c"}, kept)
        if good:
            assert (await coming).subject == "1"
            return
        with pytest.raises(RefusedError) as refused:
            await coming
        assert refused.value.code == "sso_refused"


@pytest.mark.parametrize("how", ["foreign", "secret", "public", "none", "other", "empty"])
async def test_a_token_that_the_provider_has_not_signed_is_refused(imposter: Imposter, asked: Provider, how: str) -> None:
    # SE-01: RFC 8725 3.1
    query, kept = await begun(asked)
    told = claims(imposter.issuer, query["nonce"])
    imposter.token = {
        "foreign": lambda: jwt.encode({"alg": "RS256", "kid": "1"}, told, FOREIGN),
        "secret": lambda: jwt.encode({"alg": "HS256", "kid": "1"}, told, OctKey.import_key(SECRET)),
        "public": lambda: jwt.encode({"alg": "HS256", "kid": "1"}, told, OctKey.import_key(KEY.as_pem(private=False)[26:-26])),
        "none": lambda: "eyJhbGciOiJub25lIn0." + jwt.encode({"alg": "RS256"}, told, KEY).split(".")[1] + ".",
        "other": lambda: jwt.encode({"alg": "ES256", "kid": "2"}, told, ECKey.generate_key("P-256")),
        "empty": lambda: ""}[how]()
    with pytest.raises(RefusedError) as refused:
        await asked.finish({"state": query["state"], "code": "c"}, kept)
    assert refused.value.code == "sso_refused"


@pytest.mark.parametrize("answer", [{"state": "another", "code": "c"}, {"code": "c"}, {"state": "", "error": "access_denied"},
                                    {"state": "", "code": "c", "iss": "https://evil.example"}])
async def test_an_answer_to_another_question_is_refused(asked: Provider, answer: dict[str, str]) -> None:
    # SE-01: RFC 9207, RFC 9700 4.4
    query, kept = await begun(asked)
    with pytest.raises(RefusedError) as refused:
        await asked.finish(answer | ({"state": query["state"]} if answer.get("state") == "" else {}), kept)
    assert refused.value.code == "sso_refused"


async def test_a_provider_by_another_name_is_none(imposter: Imposter, asked: Provider) -> None:
    # SE-01: OpenID Connect Discovery 1.0, 4.3
    imposter.named = "https://evil.example"
    with pytest.raises(RefusedError) as refused:
        await asked.begin()
    assert refused.value.code == "sso_away"


@pytest.mark.parametrize("changed", [
    {}, {"aud": "another"}, {"iss": "https://evil.example"}, {"events": {}}, {"events": None}, {"nonce": "n"}, {"sub": None}, {"iat": 1}, {"jti": None},
    {"late_s": 300}, {"typ": "JWT"}, {"typ": "at+jwt"}, {"typ": None}],
    ids=str)
async def test_only_a_logout_token_ends_sessions(imposter: Imposter, asked: Provider, changed: dict[str, Any]) -> None:
    # SE-01: OpenID Connect Back-Channel Logout 1.0, 2.6
    usual = claims(imposter.issuer, "", nonce=None, jti="1", events={LOGOUT: {}})
    header = {"alg": "RS256", "kid": "1", "typ": changed.get("typ", "logout+jwt")}
    told = {name: value for name, value in (usual | changed).items() if value is not None and name not in {"typ", "late_s"}}
    if "late_s" in changed:
        told["iat"] -= changed["late_s"]
    token = jwt.encode({name: value for name, value in header.items() if value}, told, KEY)
    if not changed:
        assert await asked.ended(token) == ("1", "")
        return
    with pytest.raises(RefusedError) as refused:
        await asked.ended(token)
    assert refused.value.code == "bad_logout"
