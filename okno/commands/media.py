"""`okno media`: a media process beside the hub, for calls with a robot that listens (channels/voice/media/)."""

import argparse
from importlib import import_module

from channels.voice.media.messages import MediaSettings
from hub.kernel.errors import OknoError
from okno.config import Config
from okno.extras import has, needs

SOCKET, AUDIO = "/run/okno/media.sock", "127.0.0.1:0"


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    media = commands.add_parser("media", parents=[common], help="carry the sound of calls with the robot",
                                description="Carry the sound of calls between Asterisk and hubs until SIGTERM or Ctrl+C.")
    media.add_argument("--control", default=SOCKET, metavar="PATH", help="the Unix socket for hubs (default: %(default)s)")
    media.add_argument("--audio", default=AUDIO, metavar="HOST:PORT", help="where Asterisk connects; port 0 is any (default: %(default)s)")
    media.add_argument("--allowed", nargs="+", default=("127.0.0.1", "::1"), metavar="ADDRESS",
                       help="addresses of Asterisk (default: this machine)")


async def perform(options: argparse.Namespace, config: Config) -> None:
    """Raises OknoError where its libraries are missing."""
    del config
    if not has("speech"):
        message = f"okno media: {needs('speech')}"
        raise OknoError(message)
    # Its libraries are loaded only here.
    server = import_module("channels.voice.media.server")
    await server.MediaServer(MediaSettings(options.audio, options.control, tuple(options.allowed))).run()
