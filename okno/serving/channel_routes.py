"""Routes of channels that start and stop while the server runs: aiohttp's own router is closed then."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

from aiohttp import web
from yarl import URL


@runtime_checkable
class Mounted(Protocol):
    """A channel with routes on the HTTP server."""

    def routes(self) -> list[web.AbstractRouteDef]: ...


class ChannelRoutes(web.AbstractResource):
    """Asked after all other routes."""

    def __init__(self) -> None:
        super().__init__(name=None)
        self._by_driver: dict[str, web.UrlDispatcher] = {}

    def mount(self, driver: str, routes: Sequence[web.AbstractRouteDef]) -> None:
        made = web.UrlDispatcher()
        made.add_routes(routes)
        made.freeze()
        self._by_driver[driver] = made

    def unmount(self, driver: str) -> None:
        self._by_driver.pop(driver, None)

    @property
    def canonical(self) -> str:
        return "/"

    async def resolve(self, request: web.Request) -> tuple[web.UrlMappingMatchInfo | None, set[str]]:
        methods = set[str]()
        for each in self._by_driver.values():
            found = await each.resolve(request)
            if found.http_exception is None:
                assert isinstance(found, web.UrlMappingMatchInfo)  # noqa: S101 - a route's
                return found, methods
            methods |= set(getattr(found.http_exception, "allowed_methods", ()))
        return None, methods

    def url_for(self, **parts: str) -> URL:
        del parts
        return URL("/")

    def add_prefix(self, prefix: str) -> None:
        """Never below another path."""

    def get_info(self) -> Any:  # noqa: ANN401 - aiohttp's own type is private
        return {}

    def raw_match(self, path: str) -> bool:
        return path == "/*channels*"

    def freeze(self) -> None:
        """Stays open: that is its purpose."""

    def __len__(self) -> int:
        return sum(len(each.resources()) for each in self._by_driver.values())

    def __iter__(self) -> Iterator[web.AbstractRoute]:
        return iter(())
