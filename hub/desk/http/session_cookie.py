"""The session cookie."""

from datetime import timedelta

from aiohttp import web

from hub.kernel.web.cookies import for_this_host

COOKIE = "okno"
"""On https with the prefix of for_this_host."""
LASTS = timedelta(hours=12)


class SessionCookie:
    def __init__(self, *, secure: bool) -> None:
        self.secure = secure
        self._name = for_this_host(COOKIE, secure=secure)

    def brought(self, request: web.Request) -> str:
        """The session's token, "" without one."""
        return request.cookies.get(self._name, "")

    def set(self, response: web.StreamResponse, token: str) -> None:
        """"" deletes it."""
        response.set_cookie(self._name, token, max_age=int(LASTS.total_seconds()) if token else 0, path="/",
                            httponly=True, samesite="Strict", secure=self.secure)
