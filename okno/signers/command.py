"""Signatures by any program: openssl with an engine of GOST, КриптоПро, what a token brings along. No shell is in between.

An argument may name a file: {data} is what is signed (else it comes on stdin), {signature} is the signature that is to be verified,
{out} is where one is written (else it is taken from stdout). The files are in a folder of their own, and gone at once.
"""

import asyncio
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import msgspec
from msgspec import Meta

from hub.kernel.errors import OknoError

Command = Annotated[tuple[str, ...], Meta(min_length=1)]
SAID = 300
"""Signs of what a program complains of."""
AT_ONCE = 2
"""Programs that run beside each other; a slow one holds up nothing else that the hub's threads do."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sign: Command
    verify: Command
    """Ends with 0 for a good signature alone."""
    reversed: bool = False
    """The program that signs writes bare signatures from the last byte to the first, as КриптоПро's own functions do."""
    timeout_s: Annotated[float, Meta(gt=0, le=60)] = 5.0


class SigningError(OknoError):
    """The program is not there, failed, or was too slow."""


class CommandSigner:
    """okno.signers.Signer."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def sign(self, data: bytes) -> bytes:
        async with self._turns:
            done, signature = await asyncio.to_thread(self._run, self._settings.sign, data, b"")
        if done.returncode or not signature:
            raise _complaint(self._settings.sign, done)
        return signature[::-1] if self._settings.reversed else signature

    async def verify(self, data: bytes, signature: bytes) -> bool:
        async with self._turns:
            done, _ = await asyncio.to_thread(self._run, self._settings.verify, data, signature)
        return done.returncode == 0

    def _run(self, command: Command, data: bytes, signature: bytes) -> tuple[subprocess.CompletedProcess[bytes], bytes]:
        """How it ended, and what it wrote."""
        with TemporaryDirectory(prefix="okno-") as folder:  # 0700
            files = {"{data}": Path(folder, "data"), "{signature}": Path(folder, "signature"), "{out}": Path(folder, "out")}
            files["{data}"].write_bytes(data)
            files["{signature}"].write_bytes(signature)
            arguments = [str(files.get(each, each)) for each in command]
            try:
                done = subprocess.run(arguments, input=data, capture_output=True, timeout=self._settings.timeout_s, check=False)  # noqa: S603 - no shell, and nothing of a stranger's is an argument
            except (OSError, subprocess.TimeoutExpired) as error:
                message = f"{command[0]}: {error.strerror if isinstance(error, OSError) else f'not done in {self._settings.timeout_s} s'}"
                raise SigningError(message) from error
            return done, files["{out}"].read_bytes() if files["{out}"].exists() else done.stdout


SETTINGS = Settings


def connect(settings: dict[str, object]) -> CommandSigner:
    """The signer; raises msgspec.ValidationError that names a bad setting."""
    return CommandSigner(msgspec.convert(settings, Settings))


def _complaint(command: Command, done: subprocess.CompletedProcess[bytes]) -> SigningError:
    said = done.stderr.decode(errors="replace").strip()[-SAID:]
    return SigningError(f"{command[0]} ended with {done.returncode}: {said}")
