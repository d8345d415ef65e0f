"""A browser and its push service: a real HTTP server as RFC 8030 describes it; what comes is decrypted by others' code (http-ece)."""

import asyncio
import base64
import json
import secrets
from typing import Any, Self

import http_ece
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.channels.line import PATIENCE_S


def text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def content(told: str) -> bytes:
    return base64.urlsafe_b64decode(told + "=" * (-len(told) % 4))


class PushService:
    """One browser's subscription; what the service answers stands in `moods`, with none left it takes everything."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = secrets.token_bytes(16)
        self.moods: list[int] = []
        self.tried = 0
        self.got: list[dict[str, Any]] = []
        """Decrypted messages."""
        self.headers: list[dict[str, str]] = []
        self.subject = ""
        """Who the last sender said it is."""
        self.origin = ""
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_post("/push/browser", self._take)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def endpoint(self) -> str:
        return f"{self.origin}/push/browser"

    @property
    def subscription(self) -> dict[str, str]:
        """As a browser's PushSubscription.toJSON() has it."""
        public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "p256dh": text(public), "auth": text(self._secret)}

    async def pushed(self, count: int) -> list[dict[str, Any]]:
        """The messages, as soon as there are so many."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: len(self.got) >= count)
        return self.got

    async def _take(self, request: web.Request) -> web.Response:
        self.tried += 1
        body = await request.read()
        if self.moods:
            return web.Response(status=self.moods.pop(0))
        if not request.headers.get("TTL", "").isdigit():  # RFC 8030 §5.2
            return web.Response(status=400)
        if not self._is_signed(request.headers.get("Authorization", "")):
            return web.Response(status=401)
        assert request.headers["Content-Encoding"] == "aes128gcm"
        clear = http_ece.decrypt(body, private_key=self._key, auth_secret=self._secret, version="aes128gcm")
        self.headers.append(dict(request.headers))
        async with self._news:
            self.got.append(json.loads(clear))
            self._news.notify_all()
        return web.Response(status=201, headers={"Location": f"{self.origin}/message/{self.tried}"})

    def _is_signed(self, authorization: str) -> bool:
        """RFC 8292 §2 and §3: by the key that the sender names, for this origin."""
        scheme, _, told = authorization.partition(" ")
        parts = dict(each.strip().split("=", 1) for each in told.split(","))
        head, claims, signature = parts["t"].split(".")
        signed = content(signature)
        by = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), content(parts["k"]))
        der = encode_dss_signature(int.from_bytes(signed[:32], "big"), int.from_bytes(signed[32:], "big"))
        by.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
        said = json.loads(content(claims))
        self.subject = said["sub"]
        return scheme == "vapid" and json.loads(content(head))["alg"] == "ES256" and said["aud"] == self.origin
