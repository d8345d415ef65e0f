"""ClamAV's daemon with signatures of the tests' own: those that are published are half a gigabyte, and not needed to find EICAR."""

import socket
import subprocess
import time
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from storage.scanners.clamd import eicar, locked
from tests.channels.line import PATIENCE_S

EICAR, LOCKED = eicar(), locked()
CONFIG = """
DatabaseDirectory {folder}/signatures
LocalSocket {folder}/clamd.ctl
TemporaryDirectory {folder}
PidFile {folder}/pid
Foreground yes
MaxThreads 4
"""
ALERTS = "AlertEncrypted yes\nAlertExceedsMax yes\n"


def infected_zip() -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
        archive.writestr("[Content_Types].xml", "<t/>")
        archive.writestr("word/media/image1.png", EICAR)
    return file.getvalue()


class Daemon:
    """clamd, which may be stopped and started; `alerts` are what it is told to alert of."""

    def __init__(self, folder: Path, alerts: str = ALERTS) -> None:
        self.folder, self.socket = folder, folder / "clamd.ctl"
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "signatures").mkdir(parents=True)
        (folder / "signatures" / "tests.ndb").write_text(f"Eicar-Test:0:*:{EICAR.hex()}\n", encoding="ascii")
        (folder / "clamd.conf").write_text(CONFIG.format(folder=folder) + alerts, encoding="ascii")

    def start(self) -> None:
        self._process = subprocess.Popen(["clamd", "-c", self.folder / "clamd.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        end = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert self._process.poll() is None, "clamd has ended"
            assert time.monotonic() < end, "clamd does not answer"
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self.socket.unlink(missing_ok=True)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as line:
            try:
                line.connect(str(self.socket))
                line.sendall(b"zPING\0")
                return line.recv(10) == b"PONG\0"
            except OSError:
                return False
