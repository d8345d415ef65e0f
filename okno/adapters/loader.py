"""Adapters found by the name that the configuration gives: channels, scanners, speech, passkeys, traces."""

from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType

from hub.access.ports import PasskeyCeremony
from hub.conversations.ports import Channel, Scanner, Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from hub.telephony.speech_to_text import Recognise
from hub.telephony.transcripts import Transcribe
from okno import drivers
from okno.config import ChannelSettings, Config, ScannerSettings, SpeechSettings
from okno.faults.config_error import ConfigError

SCANNER = drivers.DriverKind[Scanner]("storage.scanners", "scanner")


def scanner_of(settings: ScannerSettings) -> Scanner | None:
    """Who looks into files, by his name: "clamd" is storage/scanners/clamd.py; None where nobody does. Raises ConfigError."""
    if not settings.driver:
        return None
    return drivers.load(SCANNER, settings.driver, settings.settings)


def connect(settings: ChannelSettings, intake: Intake, store: Store, files: Files, *, limited: bool) -> Channel:
    """A channel by its driver's name: "web.chat" is channels/web/chat.py."""
    return drivers.load(drivers.CHANNEL, settings.driver, settings.own(), intake, store, files, limited=limited)


def speech(settings: SpeechSettings) -> tuple[Recognise | None, Transcribe | None]:
    """What listens to citizens, and to talks; raises ConfigError where there is no model."""
    if not settings.model:
        return None, None
    if not (Path(settings.model) / "model.bin").is_file():
        message = f"speech.model: there is no model.bin in {settings.model}"
        raise ConfigError(message)
    # Whoever has no use for it does not wait for its libraries.
    listener, how = import_module("bots.speech"), (settings.model, settings.language, settings.threads)
    return partial(listener.recognise, *how), partial(listener.transcribe, *how)


def ceremony(config: Config) -> PasskeyCeremony | None:
    """What judges passkeys; None where the desk has no address that they could be for."""
    if not config.desk.origin:
        return None
    # As above: its libraries are for whoever has passkeys.
    made: PasskeyCeremony = import_module("okno.adapters.passkeys").connect(config.desk.origin, config.desk.rp_id, config.centre.name)
    return made


def tracing() -> ModuleType:
    """What tells a collector how long everything took: for whoever has one, as above."""
    return import_module("okno.serving.traces")
