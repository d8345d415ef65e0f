"""hub.access.ports.IdentityProvider by OpenID Connect: code flow with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636, RFC 9207).

authlib applies the rules of ID tokens, joserfc of the same authors the signatures.
"""

import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from hub.access.directory_roles import Person
from hub.kernel.errors import OknoError, RefusedError
from okno.config import OidcSettings

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
"""Signatures with private keys of the provider; never `none`, and never the client's own secret."""
TIMEOUT = aiohttp.ClientTimeout(total=10)
KNOWN_FOR_S, ANEW_AFTER_S = 3600, 10
"""Lifetime of the provider's metadata, and the minimum interval of requests for an unknown key."""
LEEWAY_S, LOGOUT_S = 60, 120
"""Permitted difference of clocks, and maximum age of a logout (OpenID Connect Back-Channel Logout 1.0, 4)."""
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
Prove = Callable[[dict[str, str]], dict[str, str]]
"""Adds the client's proof to a token request: a signature by GOST for ЕСИА, the secret for a provider of staff."""


class SignInState(msgspec.Struct, frozen=True):
    """Opaque state of the browser: only the browser that began may finish."""

    state: str
    nonce: str
    verifier: str


class Provider:
    def __init__(self, settings: OidcSettings, redirect: str, prove: Prove, http: aiohttp.ClientSession) -> None:
        self._settings, self._redirect, self._prove, self._http = settings, redirect, prove, http
        self.title = settings.title
        self._metadata: dict[str, Any] = {}
        self._keys = KeySet([])
        self._asked_at = self._keys_at = float("-inf")

    async def begin(self) -> tuple[str, bytes]:
        kept = SignInState(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
        query = {"response_type": "code", "client_id": self._settings.client, "redirect_uri": self._redirect,
                 "scope": " ".join(self._settings.scopes), "state": kept.state, "nonce": kept.nonce,
                 "code_challenge": create_s256_code_challenge(kept.verifier), "code_challenge_method": "S256"}
        if self._settings.acr:
            query["acr_values"] = " ".join(self._settings.acr)
        address = str((await self._about())["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}", msgspec.json.encode(kept)

    async def finish(self, query: Mapping[str, str], brought: bytes) -> Person:
        kept = msgspec.json.decode(brought, type=SignInState)
        if not secrets.compare_digest(query.get("state", "").encode(), kept.state.encode()):
            raise RefusedError("sso_refused", "Вход начат не здесь или слишком давно: начните заново.")
        about = await self._about()
        # RFC 9207: the issuer in the response must be the requested one.
        if query.get("iss", about["issuer"]) != about["issuer"]:
            raise RefusedError("sso_refused", "Ответил не тот сервер входа.")
        if "code" not in query:
            raise RefusedError("sso_refused", f"Сервер входа отказал: {query.get('error', 'без причины')[:100]}.")
        tokens = await self._tokens(query["code"], kept.verifier)
        claims = await self._claims(str(tokens.get("id_token", "")), kept.nonce, str(tokens.get("access_token", "")))
        # OpenID Connect Core 1.0, 3.1.2.1: acr_values is only a preference, and the result must be checked.
        if self._settings.acr and claims.get("acr") not in self._settings.acr:
            raise RefusedError("sso_refused", "Сервер входа не подтвердил вход нужным способом.")
        return self._person(claims)

    async def ended(self, token: str) -> tuple[str, str]:
        """Subject and session of a logout token (OpenID Connect Back-Channel Logout 1.0, 2.6)."""
        try:
            decoded = await self._decoded(token)
            claims = decoded.claims
            jwt.JWTClaimsRegistry(leeway=LEEWAY_S, iss={"essential": True, "value": self._settings.issuer},
                                  aud={"essential": True, "value": self._settings.client}, iat={"essential": True},
                                  jti={"essential": True}).validate(claims)
        except (JoseError, ValueError) as error:
            raise RefusedError("bad_logout", f"Токен выхода не принят: {error}") from error
        events, said = claims.get("events"), (str(claims.get("sub", "")), str(claims.get("sid", "")))
        fresh = claims["iat"] > time.time() - LOGOUT_S - LEEWAY_S
        typed = str(decoded.header.get("typ", "")).lower().removeprefix("application/") == "logout+jwt"
        if not (typed and fresh) or not isinstance(events, dict) or LOGOUT not in events or "nonce" in claims or said == ("", ""):
            raise RefusedError("bad_logout", "Это не токен выхода.")
        return said

    async def _tokens(self, code: str, verifier: str) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect, "code_verifier": verifier,
                "client_id": self._settings.client}
        return await self._asked("POST", str((await self._about())["token_endpoint"]), self._prove(form))

    async def _claims(self, token: str, nonce: str, access_token: str) -> dict[str, Any]:
        try:
            decoded = await self._decoded(token)
            claims = CodeIDToken(decoded.claims, decoded.header, {
                "iss": {"essential": True, "value": self._settings.issuer}, "aud": {"essential": True, "value": self._settings.client},
                "exp": {"essential": True}, "nonce": {"essential": True, "value": nonce}},
                {"nonce": nonce, "client_id": self._settings.client, "access_token": access_token})
            claims.validate(leeway=LEEWAY_S)
        except (JoseError, ValueError) as error:
            raise RefusedError("sso_refused", f"Токен входа не принят: {error}") from error
        return dict(claims)

    async def _decoded(self, token: str) -> jwt.Token:
        await self._renew_keys(KNOWN_FOR_S)
        try:
            return jwt.decode(token, self._keys, algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            await self._renew_keys(ANEW_AFTER_S)  # the provider may have new ones
            return jwt.decode(token, self._keys, algorithms=ALGORITHMS)

    async def _renew_keys(self, after_s: float) -> None:
        if self._keys_at + after_s <= time.monotonic():
            self._keys = KeySet.import_key_set(await self._asked("GET", str((await self._about())["jwks_uri"])))  # type: ignore[arg-type]
            self._keys_at = time.monotonic()

    async def _about(self) -> dict[str, Any]:
        if self._asked_at + KNOWN_FOR_S <= time.monotonic():
            about = await self._asked("GET", self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
            # OpenID Connect Discovery 1.0, 4.3
            if about.get("issuer") != self._settings.issuer:
                raise RefusedError("sso_away", "Сервер входа называет себя иначе, чем в настройках.")
            self._metadata, self._asked_at = about, time.monotonic()
        return self._metadata

    async def _asked(self, method: str, address: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            async with self._http.request(method, address, data=form, allow_redirects=False) as answer:
                content = await answer.content.read(1 << 20)
                if answer.status >= 500:  # noqa: PLR2004 - RFC 9110
                    raise RefusedError("sso_away", "Сервер входа сейчас не отвечает.")
                if answer.status != 200:  # noqa: PLR2004
                    raise RefusedError("sso_refused", "Сервер входа не подтвердил вход.")
                return msgspec.json.decode(content, type=dict[str, Any])
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as error:
            raise RefusedError("sso_away", "Сервер входа сейчас не отвечает.") from error

    def _person(self, claims: dict[str, Any]) -> Person:
        values = claims.get(self._settings.claim, [])
        told = tuple(map(str, values)) if isinstance(values, list) else (str(values),)
        login, name = str(claims.get(self._settings.login, "")).lower(), str(claims.get(self._settings.name, ""))
        return Person(str(claims["sub"]), login, name or login, told, str(claims.get("sid", "")))


def prover(settings: OidcSettings) -> Prove:
    """The client's secret; without one only PKCE binds the code to the requesting client. Raises OknoError."""
    if not settings.secret_file:
        return lambda form: form
    try:
        secret = Path(settings.secret_file).read_text(encoding="utf8").strip()
    except OSError as error:
        message = f"oidc.secret_file: {settings.secret_file}: {error.strerror}"
        raise OknoError(message) from error
    return lambda form: form | {"client_secret": secret}


@asynccontextmanager
async def connected(settings: OidcSettings, origin: str) -> AsyncIterator[Provider]:
    """The client of the provider, within its context."""
    prove = prover(settings)
    async with aiohttp.ClientSession(timeout=TIMEOUT) as http:
        yield Provider(settings, f"{origin}/api/sso/end", prove, http)
