"""Structured logs: for people on a terminal, as JSON for machines. Nothing that a citizen wrote is ever logged."""

import logging
import sys

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from okno.config import LogSettings


def set_up(settings: LogSettings) -> None:
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False) if settings.format == "json" else structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)  # without variables: they hold personal data
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info if settings.format == "json" else structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, in_one_line, renderer]))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    logging.getLogger("pymorphy3").setLevel(logging.WARNING)
    logging.getLogger("aiohttp.server").addFilter(our_own_fault)


def in_one_line(_: object, __: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Whatever a stranger has put into an entry ends no line, begins none, and moves no cursor (CWE-117). Tracebacks are ours."""
    return {name: value if name in {"exception", "exc_info", "stack"} or not isinstance(value, str) else _plain(value)
            for name, value in entry.items()}


def _plain(text: str) -> str:
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def our_own_fault(record: logging.LogRecord) -> bool:
    """Whoever sends what is no HTTP is refused, and fills no log."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError | web.RequestPayloadError))
