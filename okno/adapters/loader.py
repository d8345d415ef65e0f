"""Adapters found by the name that the configuration gives: channels, scanners, speech, passkeys, traces."""

from importlib import import_module
from types import ModuleType

from bots.recognisers import Engine, SpeechModel
from hub.access.ports import PasskeyCeremony
from hub.conversations.ports import Channel, Scanner, Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from hub.telephony.speech_to_text import Recognise
from hub.telephony.transcripts import Transcribe
from okno import drivers
from okno.config import ChannelSettings, Config, ScannerSettings, SpeechSettings

RECOGNISER = drivers.DriverKind[Engine]("bots.recognisers", "speech.engine", "engine", extra="{name}")
SCANNER = drivers.DriverKind[Scanner]("storage.scanners", "scanner")


def scanner_of(settings: ScannerSettings) -> Scanner | None:
    """The malware scanner by its driver's name: "clamd" is storage/scanners/clamd.py; None without one. Raises ConfigError."""
    if not settings.driver:
        return None
    return drivers.load(SCANNER, settings.driver, settings.settings)


def connect(settings: ChannelSettings, intake: Intake, store: Store, files: Files, *, limited: bool) -> Channel:
    """A channel by its driver's name: "web.chat" is channels/web/chat.py."""
    return drivers.load(drivers.CHANNEL, settings.driver, settings.own(), intake, store, files, limited=limited)


def speech(settings: SpeechSettings) -> tuple[Recognise | None, Transcribe | None]:
    """Speech recognition of messages, and of calls; raises ConfigError without a model."""
    if not settings.model:
        return None, None
    engine = engine_of(settings.engine, SpeechModel(settings.model, settings.kind, settings.language, settings.threads))
    return engine.recognise, engine.transcribe


def engine_of(name: str, model: SpeechModel, where: str = "speech.model") -> Engine:
    """An engine of speech recognition by its driver's name: "onnx_asr" is bots/recognisers/onnx_asr.py. Raises ConfigError."""
    return drivers.load(RECOGNISER, name, model, where=where)


def ceremony(config: Config) -> PasskeyCeremony | None:
    """Verification of passkeys; None where the desk has no configured address."""
    if not config.desk.origin:
        return None
    # As above.
    made: PasskeyCeremony = import_module("okno.adapters.passkeys").connect(config.desk.origin, config.desk.rp_id, config.centre.name)
    return made


def tracing() -> ModuleType:
    """Export of traces, loaded only where it is configured, as above."""
    return import_module("okno.serving.traces")
