"""The operator's telephone in the browser: servers and credentials."""

from msgspec import Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.parts import Channels
from hub.telephony.ports import SoftphoneChannel


class PhoneOut(Struct, frozen=True):
    """A softphone registers at each of the `servers` (SIP over WSS), and rings for calls of any of them."""

    servers: list[str]
    login: str
    password: str


@endpoint("GET", "/api/phone", Permission.SERVE)
async def phone(channels: Channels, call: Call) -> PhoneOut | None:
    """One's own telephone in the browser; null without one."""
    equipping = next((each for each in channels.values() if isinstance(each, SoftphoneChannel) and each.exchanges), None)
    if equipping is None:
        return None
    login = call.who.login
    return PhoneOut(list(equipping.exchanges), login, equipping.password(login))


ENDPOINTS = (phone,)
