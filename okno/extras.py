"""Extras of the package: libraries of optional parts (docs/deploy.md). A configured part without its extra stops the start."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec

from okno.config import Config
from okno.faults.config_error import ConfigFault
from okno.faults.toml_lines import Key

LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "cluster": ("nats",), "fax": ("PIL", "pypdfium2"), "messengers": ("aiogram", "maxapi", "pydantic", "vkbottle"), "mongodb": ("pymongo",),
    "onnx-asr": ("onnx_asr",),
    "papers": ("docx", "typst"), "pkcs11": ("pkcs11",), "robot": ("onnxruntime",),
    "sherpa-onnx": ("sherpa_onnx",), "speech": ("av", "faster_whisper"),
    "traces": ("opentelemetry.exporter.otlp.proto.http", "opentelemetry.sdk"),
    "training": ("pycrfsuite", "scipy", "threadpoolctl"), "voice": ("av", "panoramisk"), "workforce": ("ortools",)}
"""Import names of the libraries of each extra in pyproject.toml."""


def missing_extras(config: Config) -> Iterator[ConfigFault]:
    """The extras that a configuration needs and this installation lacks."""
    for key, part, extra in _needed(config):
        if not has(extra):
            yield ConfigFault(key, f"{part} {needs(extra)}")


CONVENIENCES = {"papers": "papers and reports in PDF and DOCX", "training": "teaching a dialogue that designers have changed",
                "workforce": "making rosters"}
"""Extras that no key of the configuration needs: without one the desk refuses the function with a message."""


def absent_conveniences() -> Iterator[str]:
    """A sentence for each that is not installed."""
    for extra, what in CONVENIENCES.items():
        if not has(extra):
            yield f"{extra}: {what}: {needs(extra)}"


def needs(extra: str) -> str:
    return f"needs okno[{extra}]: pip install 'okno[{extra}]'"


def has(extra: str) -> bool:
    """Whether an extra is installed."""
    return all(map(_is_there, LIBRARIES[extra]))


def engine_extra(engine: str) -> str:
    """The extra of an engine of speech recognition; that of speech itself for Whisper, and where there is no such engine."""
    extra = engine.replace("_", "-")
    return extra if extra in LIBRARIES else "speech"


def _needed(config: Config) -> Iterator[tuple[Key, str, str]]:
    """The key, the part that it configures, and the part's extra."""
    for number, each in enumerate(config.channels):
        if extra := _extra_of(each.driver.partition(".")[0]):
            yield ("channels", number, "driver"), f"channels.{each.driver}", extra
        if each.driver == "voice.asterisk" and each.settings.get("listens"):
            yield ("channels", number, "settings", "listens"), "channels.voice.speech", "speech"
    yield from _of_speech(config)
    if config.robot.project:
        yield ("robot", "project"), "robot.project", "robot"
    if config.store.kind == "mongodb":
        yield ("store", "kind"), "store.kind", "mongodb"
    if config.link.kind == "nats":
        yield ("link", "kind"), "link.kind", "cluster"
    if config.traces.endpoint:
        yield ("traces", "endpoint"), "traces.endpoint", "traces"
    if config.keys.driver == "pkcs11":
        yield ("keys", "driver"), "keys.driver", "pkcs11"


def _of_speech(config: Config) -> Iterator[tuple[Key, str, str]]:
    if config.speech.model:
        yield ("speech", "model"), "speech.model", "speech"
        if (extra := engine_extra(config.speech.engine)) != "speech":
            yield ("speech", "engine"), "speech.engine", extra


def _extra_of(family: str) -> str:
    """The extra named by a family of channels."""
    try:
        return str(getattr(import_module(f"channels.{family}"), "EXTRA", ""))
    except ModuleNotFoundError:  # there is no such driver
        return ""


def _is_there(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:  # its parent package is missing
        return False
