"""SoftHSM, a real PKCS#11 token in software: one with its own folder and PIN for each test."""

import os
import subprocess
from pathlib import Path

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "4711"


class Token:
    def __init__(self, folder: Path) -> None:
        """`environment` is what a process needs that uses it."""
        self._tokens, self._away = folder / "tokens", folder / "away"
        self._tokens.mkdir()
        config = folder / "softhsm2.conf"
        config.write_text(f"directories.tokendir = {self._tokens}\nobjectstore.backend = file\nlog.level = ERROR\n", encoding="ascii")
        self.environment = {"SOFTHSM2_CONF": str(config), "OKNO_PIN": PIN}
        self.label = folder.name[-32:]  # bytes, PKCS#11 3.1, 3.1
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", self.label, "--pin", PIN, "--so-pin", "47114711"],
                       env=os.environ | self.environment, check=True, capture_output=True)

    def taken_out(self) -> None:
        self._tokens.rename(self._away)
        self._tokens.mkdir()

    def put_back(self) -> None:
        self._tokens.rmdir()
        self._away.rename(self._tokens)

