"""CitizenAccounts by ЕСИА (Методические рекомендации по использованию ЕСИА, 3.x): OAuth 2.0 with signed requests.

`v1` (/ac, /te) requires a detached CMS over scope, timestamp, client and state; `v2` (/v2/ac, /v3/te) a raw signature over client,
scope, timestamp, state, return address and, for tokens, the code, and the hash of the certificate that verifies it. The signer is a
driver: ЕСИА accepts GOST R 34.10-2012, and the centre chooses a certified tool for it.
"""

import logging
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import aiohttp
import msgspec
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode as b64

from hub.conversations.verification_level import Account
from hub.kernel.errors import OknoError, RefusedError
from okno.config import EsiaSettings
from okno.signers import Signer, signer

log = logging.getLogger(__name__)

TIMEOUT = aiohttp.ClientTimeout(total=10)
LEEWAY_S = 60
LONGEST = 1 << 20
OPENID, FULLNAME = "openid", "fullname"
SUBJECT, TRUSTED = "urn:esia:sbj", "urn:esia:sbj:is_tru"
RETURN = "/verify/end"
DENIED, UNCONFIRMED = frozenset({"ESIA-007004", "ESIA-007019"}), frozenset({"ESIA-007055"})
AWAY = frozenset({"ESIA-007007", "ESIA-007008"})
INVALID = frozenset({"ESIA-007011"})
"""An expired, used, or another client's code."""


class SignInState(msgspec.Struct, frozen=True):
    """State of the browser: only the browser that began may finish."""

    state: str
    verifier: str
    scope: str


class Esia:
    """One information system at ЕСИА."""

    def __init__(self, settings: EsiaSettings, signer: Signer, http: aiohttp.ClientSession) -> None:
        self._settings, self._signer, self._http = settings, signer, http
        self._return = settings.origin + RETURN
        self._base = settings.address.rstrip("/")
        self.leave = f"{self._base}/idp/ext/Logout?{urlencode({'client_id': settings.client, 'redirect_url': settings.origin})}"

    async def begin(self, *, named: bool) -> tuple[str, bytes]:
        kept = SignInState(str(uuid4()), secrets.token_urlsafe(48), f"{OPENID} {FULLNAME}" if named else OPENID)
        query = await self._signed(kept.scope, kept.state) | {"response_type": "code", "access_type": "online"}
        if self._settings.pkce:
            query |= {"code_challenge": create_s256_code_challenge(kept.verifier), "code_challenge_method": "S256"}
        way = "/aas/oauth2/v2/ac" if self._settings.api == "v2" else "/aas/oauth2/ac"
        return f"{self._base}{way}?{urlencode(query)}", msgspec.json.encode(kept)

    async def finish(self, query: Mapping[str, str], brought: bytes) -> Account:
        kept = msgspec.json.decode(brought, type=SignInState)
        if not secrets.compare_digest(query.get("state", "").encode(), kept.state.encode()):
            raise _failed("the state is another's")
        if "code" not in query:
            raise _refusal(query.get("error", ""), query.get("error_description", ""))
        tokens = await self._tokens(query["code"], kept)
        claims = await self._claims(str(tokens.get("id_token", "")))
        subject = claims[SUBJECT] if isinstance(claims.get(SUBJECT), dict) else {}
        if subject.get(TRUSTED) is not True:
            raise RefusedError("unconfirmed", "Учётная запись на Госуслугах не подтверждена.")
        name = await self._name(claims["sub"], str(tokens.get("access_token", ""))) if FULLNAME in kept.scope else ""
        return Account(str(claims["sub"]), name)

    async def _tokens(self, code: str, kept: SignInState) -> dict[str, Any]:
        state = str(uuid4())
        form = await self._signed(kept.scope, state, code) | {"grant_type": "authorization_code", "token_type": "Bearer", "code": code}
        if self._settings.pkce:
            form["code_verifier"] = kept.verifier
        tokens = await self._asked("POST", "/aas/oauth2/v3/te" if self._settings.api == "v2" else "/aas/oauth2/te", form)
        if tokens.get("state") != state:
            raise _failed("the answer with tokens is to another request")
        return tokens

    async def _signed(self, scope: str, state: str, code: str = "") -> dict[str, str]:
        """The parameters of every request; raises RefusedError when they cannot be signed."""
        moment, client = datetime.now(UTC).strftime("%Y.%m.%d %H:%M:%S +0000"), self._settings.client
        v2 = self._settings.api == "v2"
        signed = (client, scope, moment, state, self._return, code) if v2 else (scope, moment, client, state)
        try:
            signature = await self._signer.sign("".join(signed).encode())
        except OknoError as error:
            log.error("ESIA: request not signed: %s", error)  # noqa: TRY400 - the hub continues, and the error has no personal data
            raise RefusedError("misconfigured", "Сейчас подтвердить нельзя.") from error
        told = {"client_id": client, "scope": scope, "timestamp": moment, "state": state, "redirect_uri": self._return,
                "client_secret": urlsafe_b64encode(signature).decode()}
        return told | {"client_certificate_hash": self._settings.certificate_hash} if v2 else told

    async def _claims(self, token: str) -> dict[str, Any]:
        """Claims of the ID token; raises RefusedError unless ЕСИА has signed it, for this client and recently."""
        try:
            parsed = jws.extract_compact(token.encode())
            claims = msgspec.json.decode(parsed.payload, type=dict[str, Any])
            if parsed.headers().get("alg") != self._settings.algorithm or parsed.headers().get("sbt") != "id":
                raise _failed("a token of another kind")
            good = await self._signer.verify(token.rpartition(".")[0].encode(), b64(parsed.segments["signature"]))
            if not good:
                raise _failed("the token is not signed by ЕСИА")
            jwt.JWTClaimsRegistry(
                now=int(time.time()), leeway=LEEWAY_S, iss={"essential": True, "value": self._settings.issuer},
                aud={"essential": True, "value": self._settings.client}, exp={"essential": True}, sub={"essential": True}).validate(claims)
        except (JoseError, ValueError) as error:
            raise _failed(str(error)) from error
        except OknoError as error:
            if isinstance(error, RefusedError):
                raise
            log.error("ESIA: signature not verifiable: %s", error)  # noqa: TRY400 - as above
            raise RefusedError("misconfigured", "Сейчас подтвердить нельзя.") from error
        return claims

    async def _name(self, subject: object, token: str) -> str:
        person = await self._asked("GET", f"/rs/prns/{quote(str(subject), safe='')}", bearer=token)
        if person.get("trusted") is not True:
            raise RefusedError("unconfirmed", "Учётная запись на Госуслугах не подтверждена.")
        return " ".join(str(person[part]) for part in ("lastName", "firstName", "middleName") if person.get(part))[:200]

    async def _asked(self, method: str, way: str, form: dict[str, str] | None = None, *, bearer: str = "") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        try:
            async with self._http.request(method, self._base + way, data=form, headers=headers, allow_redirects=False) as answer:
                status, content = answer.status, await answer.content.read(LONGEST)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _away(way, type(error).__name__) from error
        try:
            told = msgspec.json.decode(content, type=dict[str, Any])
        except msgspec.DecodeError:
            told = {}
        if status >= 500 or (status == 200 and not told):  # noqa: PLR2004 - RFC 9110
            raise _away(way, str(status))
        if status != 200:  # noqa: PLR2004
            raise _refusal(str(told.get("error", status)), str(told.get("error_description", "")))
        return told


def _refusal(error: str, description: str) -> RefusedError:
    """ЕСИА's error, as "ESIA-007004: …"; errors that the citizen did not cause are logged for the administrators."""
    code = description[:11]
    if code in DENIED or error == "access_denied":
        return RefusedError("denied", "Вы отказались от подтверждения.")
    if code in UNCONFIRMED:
        return RefusedError("unconfirmed", "Учётная запись на Госуслугах не подтверждена.")
    if code in INVALID:
        return _failed(code)
    if code in AWAY or error == "temporarily_unavailable":
        return _away("", code)
    log.error("ESIA: request refused: %s %s", error[:50], description[:200])
    return RefusedError("misconfigured", "Сейчас подтвердить нельзя.")


def _failed(why: str) -> RefusedError:
    log.warning("ESIA: sign-in not accepted: %s", why)
    return RefusedError("failed", "Госуслуги не подтвердили, кто вы.")


def _away(way: str, why: str) -> RefusedError:
    log.warning("ESIA: unavailable: %s %s", way, why)
    return RefusedError("away", "Госуслуги сейчас не отвечают.")


@asynccontextmanager
async def connected(settings: EsiaSettings) -> AsyncIterator[Esia]:
    """The client of ЕСИА, within its context."""
    made = signer(settings)
    async with aiohttp.ClientSession(timeout=TIMEOUT) as http:
        yield Esia(settings, made, http)
