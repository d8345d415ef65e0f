"""A double of ЕСИА: it verifies our signatures by OpenSSL and GOST, sends people back, issues tokens that it has signed by GOST, and fails as it does.

Bytes and errors are those of «Методические рекомендации по использованию ЕСИА»: v1 has /ac and /te, v2 has /v2/ac and /v3/te.
"""

import asyncio
import json
import secrets
import tempfile
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web
from msgspec import Struct

from tests.peers.double import Double
from tests.peers.gost import Owner, signed_bare, signed_cms

CLIENT, ISSUER = "OKNO01", "http://esia.gosuslugi.ru/"
SKEW_S, CODE_S = 300, 180
ERRORS = {
    "ESIA-007002": "Mismatch between certificate and information system", "ESIA-007004": "The resource owner or authorization service denied the request",
    "ESIA-007008": "The authorization service is currently unable to process the request", "ESIA-007011": "The authorization code is invalid, expired or revoked",
    "ESIA-007014": "The request does not contain the mandatory parameter", "ESIA-007015": "Invalid request time",
    "ESIA-007023": "redirect_uri is not allowed", "ESIA-007040": "code_verifier does not match", "ESIA-007053": "OAuthErrorEnum.clientSecretWrong",
    "ESIA-007055": "The account is not confirmed"}


class Person(Struct, frozen=True):
    oid: int
    last: str = "Волкова"
    first: str = "Анна"
    middle: str = "Петровна"
    trusted: bool = True


class Code(Struct, frozen=True):
    person: Person
    query: dict[str, str]
    at: float


class EsiaError(Exception):
    pass


class Esia(Double):
    """Whoever comes is signed in as `person`, or refuses where he is None."""

    def __init__(self, owner: Owner, client: Owner, returns: str) -> None:
        super().__init__()
        self.owner, self._client, self.returns = owner, client, returns
        self.person: Person | None = Person(1000299654)
        self.clock_s = 0.0
        """How far its clock is ahead."""
        self.claims: dict[str, Any] = {}
        """What its next tokens say otherwise."""
        self.signs_as = owner
        self.scopes: list[str] = []
        self._codes: dict[str, Code] = {}
        self._bearers: dict[str, tuple[Person, str]] = {}

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.get("/aas/oauth2/{v:v2/}ac", self._authorize), web.get("/aas/oauth2/ac", self._authorize),
                web.post("/aas/oauth2/v3/te", self._exchange), web.post("/aas/oauth2/te", self._exchange),
                web.get("/rs/prns/{oid:[0-9]+}", self._who), web.get("/idp/ext/Logout", self._logout)]

    async def _authorize(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        if query.get("redirect_uri") != self.returns:
            return _said("ESIA-007023")
        try:
            await self._check(query, v2="/v2/" in request.path)
            if query.get("response_type") != "code" or not query.get("scope", "").startswith("openid"):
                raise EsiaError("ESIA-007014")
            if self.person is None:
                raise EsiaError("ESIA-007004")
        except EsiaError as error:
            told = {"error": "access_denied" if str(error) == "ESIA-007004" else "invalid_request",
                    "error_description": f"{error}: {ERRORS[str(error)]}", "state": query.get("state", "")}
            return web.Response(status=302, headers={"Location": f"{self.returns}?{urlencode(told)}"})
        self.scopes.append(query["scope"])
        code = secrets.token_urlsafe(32)
        self._codes[code] = Code(self.person, query, time.monotonic())
        return web.Response(status=302, headers={"Location": f"{self.returns}?{urlencode({'code': code, 'state': query['state']})}"})

    async def _exchange(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            await self._check(form, v2="/v3/" in request.path, code=form.get("code", ""))
            code = self._codes.pop(form.get("code", ""), None)
            if code is None or time.monotonic() - code.at > CODE_S or form["scope"] != code.query["scope"]:
                raise EsiaError("ESIA-007011")
            if (challenge := code.query.get("code_challenge")) and challenge != _b64(sha256(form.get("code_verifier", "").encode()).digest()):
                raise EsiaError("ESIA-007040")
        except EsiaError as error:
            return _said(str(error), form.get("state", ""))
        bearer = await self._token("access", {"urn:esia:sbj_id": code.person.oid, "scope": f"{form['scope']}?oid={code.person.oid}", "client_id": CLIENT})
        self._bearers[bearer] = code.person, form["scope"]
        return web.json_response({"access_token": bearer, "id_token": await self._id(code.person), "state": form["state"],
                                  "token_type": "Bearer", "expires_in": 3600, "refresh_token": secrets.token_hex(16)})

    async def _id(self, person: Person) -> str:
        return await self._token("id", {
            "aud": CLIENT, "sub": str(person.oid), "auth_time": int(time.time()), "urn:esia:sid": secrets.token_hex(16), "urn:esia:amd": "PWD",
            "urn:esia:sbj": {"urn:esia:sbj:typ": "P", "urn:esia:sbj:oid": person.oid, "urn:esia:sbj:nam": f"OID.{person.oid}",
                             "urn:esia:sbj:is_tru": person.trusted}} | self.claims)

    async def _token(self, kind: str, claims: dict[str, Any]) -> str:
        now = int(time.time() + self.clock_s)
        header = {"ver": 1, "typ": "JWT", "sbt": kind, "alg": "GOST3410_2012_256"}
        signed = ".".join(_b64(json.dumps(part).encode()) for part in (header, {"iss": ISSUER, "iat": now, "nbf": now, "exp": now + 3600} | claims))
        return f"{signed}.{_b64(await asyncio.to_thread(self.signs_as.signs, signed.encode()))}"

    async def _who(self, request: web.Request) -> web.Response:
        person, scope = self._bearers.get(request.headers.get("Authorization", "").removeprefix("Bearer "), (None, ""))
        if person is None or request.match_info["oid"] != str(person.oid) or "fullname" not in scope:
            return web.json_response({"code": "ESIA-005011", "message": "SecurityErrorEnum.accessNotAllowed"}, status=403)
        return web.json_response({"stateFacts": ["EntityRoot"], "firstName": person.first, "lastName": person.last, "middleName": person.middle,
                                  "trusted": person.trusted, "updatedOn": int(time.time()), "status": "REGISTERED", "verifying": False,
                                  "containsUpCfmCode": False, "eTag": secrets.token_hex(20)})

    async def _logout(self, request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": request.query["redirect_url"]})

    async def _check(self, told: Mapping[str, str], *, v2: bool, code: str = "") -> None:
        """Raises EsiaError for what it would not take."""
        needed = ["client_id", "client_secret", "scope", "timestamp", "state", "redirect_uri", *(["client_certificate_hash"] if v2 else [])]
        if not all(told.get(name) for name in needed):
            raise EsiaError("ESIA-007014")
        UUID(told["state"])
        moment = datetime.strptime(told["timestamp"], "%Y.%m.%d %H:%M:%S %z")
        if abs((moment - datetime.now(UTC)).total_seconds() - self.clock_s) > SKEW_S:
            raise EsiaError("ESIA-007015")
        if told["client_id"] != CLIENT or (v2 and told["client_certificate_hash"].upper() != self._client.fingerprint):
            raise EsiaError("ESIA-007002")
        parts = ("client_id", "scope", "timestamp", "state", "redirect_uri") if v2 else ("scope", "timestamp", "client_id", "state")
        signed = "".join(told[part] for part in parts) + (code if v2 else "")
        if not await asyncio.to_thread(self._signed, signed.encode(), urlsafe_b64decode(told["client_secret"]), v2=v2):
            raise EsiaError("ESIA-007053")

    def _signed(self, data: bytes, signature: bytes, *, v2: bool) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "file"
            file.write_bytes(signature if v2 else data)
            return signed_bare(data, file, self._client.public) if v2 else signed_cms(file, signature, self._client.certificate)


def _said(code: str, state: str = "") -> web.Response:
    return web.json_response({"error": "invalid_request", "error_description": f"{code}: {ERRORS[code]}", "state": state}, status=400)


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
