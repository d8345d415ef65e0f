"""Structured logs: text on a terminal, JSON for machines. Citizens' texts are never logged."""

import logging
import re
import sqlite3
import sys
from collections.abc import Iterator
from textwrap import indent
from traceback import format_tb
from typing import TextIO

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from hub.kernel.errors import OknoError
from okno.config import LogSettings

OUTSPOKEN = OknoError, OSError, sqlite3.Error, TypeError, AttributeError, NameError, ImportError, RuntimeError, BaseExceptionGroup
"""Errors whose texts come from programs; others may quote their input: a key, an invalid number."""
_SOMEBODY = re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w.-]+|(?<!\d)\+?\d{10,15}(?!\d)")
"""Mailboxes and numbers: a carrier's refusal names the recipient."""
_REPEATED = re.compile(r"(exception=\w+)\(.*", re.DOTALL)


def set_up(settings: LogSettings) -> None:
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False) if settings.format == "json" else structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=_write)
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_formatted) if settings.format == "json"
        else structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    handler = logging.StreamHandler(sys.stderr)
    last = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, of_nobody, in_one_line, renderer]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    logging.getLogger("pymorphy3").setLevel(logging.WARNING)
    # An unavailable collector is reported after the last attempt, not at each.
    logging.getLogger("opentelemetry.exporter").setLevel(logging.ERROR)
    logging.getLogger("aiohttp.server").addFilter(our_own_fault)
    logging.getLogger("asyncio").addFilter(once)


def in_one_line(_: object, __: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """External text in an entry cannot end or begin a line, nor move the cursor (CWE-117). Tracebacks are ours."""
    return {name: value if name in {"exception", "exc_info", "stack"} or not isinstance(value, str) else _plain(value)
            for name, value in entry.items()}


def of_nobody(_: object, __: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The reason of a failure, without addresses."""
    why = entry.get("why")
    return {**entry, "why": _SOMEBODY.sub("•••", why)} if isinstance(why, str) else entry


def _plain(text: str) -> str:
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def our_own_fault(record: logging.LogRecord) -> bool:
    """Invalid HTTP of clients is refused without a log entry."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError | web.RequestPayloadError))


def once(record: logging.LogRecord) -> bool:
    """Removes the text of a lost error from asyncio's message: the error itself follows."""
    record.msg = _REPEATED.sub(r"\1>", str(record.msg))
    return True


def traceback_of(error: BaseException) -> str:
    """The traceback of an error and of its causes, without variables, and without texts that may be a citizen's."""
    return "\n".join(part for each in _before(error) for part in _lines(each))


def _before(error: BaseException) -> list[BaseException]:
    """The error and its causes, the first cause first."""
    found: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in found:
        found.append(at)
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return found[::-1]


def _lines(error: BaseException) -> Iterator[str]:
    yield "Traceback (most recent call last):"
    yield "".join(format_tb(error.__traceback__)).rstrip()
    words = str(error) if isinstance(error, OUTSPOKEN) else "…"
    yield f"{type(error).__module__}.{type(error).__qualname__}: {words}"
    if isinstance(error, BaseExceptionGroup):
        yield from (indent(traceback_of(each), "  | ") for each in error.exceptions)


def _write(stream: TextIO, exc_info: structlog.typing.ExcInfo) -> None:
    stream.write("\n" + traceback_of(exc_info[1]))


def _formatted(exc_info: structlog.typing.ExcInfo) -> str:
    return traceback_of(exc_info[1])
