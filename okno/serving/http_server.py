"""The HTTP server: callers, security headers, health, metrics."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from errno import EADDRINUSE
from ipaddress import IPv6Address, ip_address, ip_network
from ssl import SSLContext

from aiohttp import web
from aiohttp.typedefs import Middleware
from msgspec.structs import replace

from hub.conversations.ports import Store
from hub.kernel.rate_limits import caller
from okno.config import Listen
from okno.faults.config_error import ConfigError
from okno.serving.leadership import PeerAccess
from okno.serving.metrics import Metrics
from okno.serving.slow_clients import SlowClients

HEADERS = {
    # No inline script or style, nothing from other origins; the widget is embedded by its script, never by a frame.
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; "
                               "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
DESK = "/desk/"
HASHED = "/desk/assets/"
"""Files whose names change with their content."""
PAGES = ("/desk", "/form")
"""Pages opened in a browser, besides the root."""
SCIM = "/scim/"
"""Paths with their own error format (RFC 7644 §3.12): hub/desk/http/endpoint.py."""
SHUTDOWN_S = 1.0
"""Time for requests after the port is closed, and again for cancelled ones."""
LONGEST_NAME = 255  # bytes of a file name on all common file systems
GONE = 499
"""Nobody reads this status: nginx's for a client that has closed the request."""
WAITING = web.AppKey("waiting", SlowClients)


def desk_headers(exchanges: Sequence[str]) -> dict[str, str]:
    """Headers of the desk's page: with telephones it may use the microphone, and connect to exactly these exchanges."""
    if not exchanges:
        return HEADERS
    return HEADERS | {
        "Content-Security-Policy": f"{HEADERS['Content-Security-Policy']}; connect-src 'self' {' '.join(exchanges)}",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)"}


def keeping(path: str, response: web.StreamResponse) -> str:
    """How long a browser may keep it; "" is as it likes. Personal answers are never cached."""
    if not isinstance(response, web.FileResponse) or response.status >= 400:  # noqa: PLR2004 - no such file
        return "no-store"
    return "public, max-age=31536000, immutable" if path.startswith(HASHED) else ""  # RFC 8246


def watching(listen: Listen) -> Callable[[web.Request], bool]:
    """Whether a request for metrics comes from a permitted network. Raises ConfigError for an invalid network."""
    try:
        networks = [ip_network(each) for each in listen.metrics_networks]
    except ValueError as error:
        message = f"listen.metrics_networks: {error}"
        raise ConfigError(message) from error

    def may(request: web.Request) -> bool:
        try:
            address = ip_address(request.remote or "")
        except ValueError:
            return False  # the proxy's header has no address
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return any((mapped or address) in network for network in networks)
    return may


def calling_from(listen: Listen) -> Middleware:
    """Sets `request.remote` to the caller's own address, with or without a proxy."""

    @web.middleware
    async def find(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        source = caller(request.headers, request.remote, behind_proxy=listen.behind_proxy)
        return await handler(request if source == request.remote else request.clone(remote=source))
    return find


def web_application(routes: Sequence[web.AbstractRouteDef], metrics: Metrics, store: Store, listen: Listen, *,
                    exchanges: Sequence[str] = (), inside: PeerAccess | None = None) -> web.Application:
    """`exchanges` are the addresses where the desk's telephones register (hub.telephony.ports.SoftphoneChannel). Raises ConfigError."""
    desk, may_watch, waiting = desk_headers(exchanges), watching(listen), SlowClients(listen.client_timeout_s)

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def ready(_: web.Request) -> web.Response:
        """Readiness, for load balancers."""
        why = store.broken
        return web.json_response({"status": "unavailable" if why else "ok", "store": why or "ok"}, status=503 if why else 200)

    async def exposition(request: web.Request) -> web.Response:
        if not may_watch(request):
            raise web.HTTPForbidden
        return web.Response(body=metrics.text(), headers={"Content-Type": metrics.content_type})

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in (desk if request.path == DESK else HEADERS).items():
            response.headers.setdefault(name, value)
        if listen.https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        response.headers["Server"] = "okno"  # without versions
        if response.content_type.startswith("text/") and response.charset is None:
            response.charset = "utf-8"
        if kept := keeping(request.path, response):
            response.headers.setdefault("Cache-Control", kept)

    admitted = [inside.admit] if inside else []
    application = web.Application(
        middlewares=[plain_errors, *admitted, calling_from(listen), waiting.patiently], client_max_size=1 << 20)
    application[WAITING] = waiting
    application.add_routes([*routes, web.get("/healthz", health), web.get("/readyz", ready), web.get("/metrics", exposition)])
    application.on_response_prepare.append(add_headers)
    return application


@web.middleware
async def plain_errors(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    """Aiohttp's own refusals in the hub's format."""
    try:
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            # No client sends compressed bodies, and a megabyte may expand to a gigabyte (RFC 9110 §15.5.16).
            raise web.HTTPUnsupportedMediaType(headers={"Accept-Encoding": "identity"})
        if len(request.match_info.get("filename", "").encode(errors="surrogateescape")) > LONGEST_NAME:
            raise web.HTTPNotFound  # otherwise the file system raises an OSError
        if len(request.query) > len(set(request.query)) and not request.path.startswith(SCIM):
            # ASVS 5.0 15.3.7: two values of one parameter are ambiguous.
            return web.json_response({"error": "bad_request", "text": "Параметр запроса повторяется."}, status=400)
        return await handler(request)
    except ConnectionResetError:  # whoever asked is gone, and reads no answer
        return web.Response(status=GONE, reason="Client Closed Request")
    except web.RequestPayloadError:
        return web.json_response({"error": "bad_body", "text": "The body is not in the encoding it claims to be in"}, status=400)
    except web.HTTPException as error:
        if error.status < 400 or error.content_type == "application/json":  # noqa: PLR2004 - not an error
            raise
        headers = {name: error.headers[name] for name in ("Allow", "Accept-Encoding") if name in error.headers}
        code = error.reason.lower().replace(" ", "_")
        return web.json_response({"error": code, "text": error.reason}, status=error.status, headers=headers)


@asynccontextmanager
async def serve(application: web.Application, listen: Listen, key: SSLContext | None = None) -> AsyncIterator[str]:
    """Listen within the context, by https with a `key`; yields the address. Raises ConfigError when the port is taken."""
    waiting = application[WAITING]
    runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_S,
                           keepalive_timeout=waiting.patience_s, auto_decompress=False)
    await runner.setup()
    assert runner.server is not None  # noqa: S101 - it was just set up
    site = web.TCPSite(runner, listen.host, listen.port, backlog=4096, ssl_context=key)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        taken = f"{listen.host}:{listen.port} is in use by another program: stop it, or choose another port in listen.port or OKNO_LISTEN"
        message = f"listen: {taken if error.errno == EADDRINUSE else f'{listen.host}:{listen.port}: {error.strerror}'}"
        raise ConfigError(message) from error
    host, port = runner.addresses[0][:2]
    try:
        async with waiting.watching(runner.server):
            yield f"http{'s' if key else ''}://{f'[{host}]' if ':' in host else host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def redirecting(listen: Listen, origin: str) -> AsyncIterator[None]:
    """Redirect plain HTTP within the context, where configured. Raises ConfigError when the port is taken."""
    if not listen.redirect_port:
        yield
        return
    async with serve(redirection(listen, origin), replace(listen, port=listen.redirect_port)):
        yield


def redirection(listen: Listen, origin: str) -> web.Application:
    """Plain HTTP that redirects people, to `origin` or the requested host, and refuses programs. Bodies are not read."""

    async def send_on(request: web.Request) -> web.Response:
        # Only people are redirected: a program would go on sending in clear unnoticed (ASVS 5.0 4.1.2).
        if request.method not in {"GET", "HEAD"} or not (request.path == "/" or request.path.startswith(PAGES)):
            return web.json_response({"error": "https_only", "text": "Только по https"}, status=403)
        try:
            asked = request.url.with_scheme("https").with_port(listen.port)
        except ValueError:
            return web.json_response({"error": "bad_host", "text": "Host is no address"}, status=400)
        return web.Response(status=308, headers={"Location": f"{origin}{request.rel_url}" if origin else str(asked)})  # RFC 9110 15.4.9

    waiting = SlowClients(listen.client_timeout_s)
    application = web.Application(middlewares=[waiting.patiently])
    application[WAITING] = waiting
    application.add_routes([web.route("*", "/{path:.*}", send_on)])
    return application
