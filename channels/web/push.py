"""Sends pushes to the push services of browsers: encrypted for the browser alone (RFC 8291), signed by the hub (RFC 8292)."""

import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_der_private_key
from joserfc import jwt
from joserfc.jwk import ECKey

from channels.web.outbound_http import LATER, OutboundHttp
from hub.kernel.errors import UnavailableError, UndeliverableError
from hub.kernel.public_networks import Network
from hub.notifications.push import TTL_S, PushMessage, PushSubscription, SubscriptionGoneError

LIMIT_S = 10.0
NEEDED = "Браузер назвал адрес, по которому центр не отправляет: нужен https:// в сети Интернет."
SIGNED_S = 12 * 3600
"""RFC 8292 §2: at most 24 hours."""
SALT, RECORD, SECRET = 16, 4096, 16
"""RFC 8188 §2.1, RFC 8291 §3.2 and §4."""
GONE = {404, 410}
"""RFC 8030 §7.3."""
CURVE = ec.SECP256R1()


class WebPush:
    """hub.notifications.push.PushService."""

    def __init__(self, contact: str, inside: Sequence[Network] = (), limit_s: float = LIMIT_S) -> None:
        """`contact` is a mailto: or https: address of the centre for operators of push services (RFC 8292 §2.1)."""
        self._contact, self._http = contact, OutboundHttp(inside, limit_s, NEEDED)

    def new_key(self) -> bytes:
        return ec.generate_private_key(CURVE).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def public(self, key: bytes) -> str:
        return _text(_point(_private(key)))

    def check(self, subscription: PushSubscription) -> str:
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(CURVE, subscription.public)
        except ValueError:
            return "Браузер назвал негодный ключ."
        return "Браузер назвал негодный ключ." if len(subscription.secret) != SECRET else self._http.check(subscription.endpoint)

    async def send(self, key: bytes, subscription: PushSubscription, message: PushMessage) -> None:
        signing = _private(key)
        once, salt = ec.generate_private_key(CURVE), secrets.token_bytes(SALT)
        body = sealed(message.content(), subscription.public, subscription.secret, once, salt)
        headers = {
            "Authorization": f"vapid t={self._signed(signing, subscription.endpoint)}, k={_text(_point(signing))}",
            "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream", "TTL": str(TTL_S[message.kind]), "Urgency": "high",
            # RFC 8030 §5.4: of one conversation the push service keeps the last alone.
            "Topic": message.conversation}
        _judge(await self._http.post(subscription.endpoint, body, headers))

    async def close(self) -> None:
        await self._http.close()

    def _signed(self, key: ec.EllipticCurvePrivateKey, endpoint: str) -> str:
        told = urlsplit(endpoint)
        claims = {"aud": f"{told.scheme}://{told.netloc}", "exp": int(time.time()) + SIGNED_S, "sub": self._contact}
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(pem), algorithms=["ES256"])


def sealed(content: bytes, public: bytes, secret: bytes, once: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """RFC 8291 §3.4, as one record of RFC 8188. `once` is a key for this message alone."""
    own = _point(once)
    shared = once.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public))
    keyed = _derived(shared, secret, b"WebPush: info\0" + public + own, 32)
    key = _derived(keyed, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(keyed, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + RECORD.to_bytes(4, "big") + bytes([len(own)]) + own
    return header + AESGCM(key).encrypt(nonce, content + b"\x02", None)


def _derived(key: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(key)


def _private(key: bytes) -> ec.EllipticCurvePrivateKey:
    made = load_der_private_key(key, None)
    assert isinstance(made, ec.EllipticCurvePrivateKey)  # noqa: S101 - new_key() has made it
    return made


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _judge(status: int) -> None:
    if 200 <= status < 300:  # noqa: PLR2004 - RFC 8030 §5: 201
        return
    told = f"ответ с кодом {status}"
    if status in GONE:
        raise SubscriptionGoneError(told)
    if status >= 500 or status in LATER:  # noqa: PLR2004 - RFC 9110 §15.6
        raise UnavailableError(told)
    raise UndeliverableError(told)
