"""What a machine lacks for some tests: they are skipped by name, with the package that brings it; on the build server that is a failure.

`make test` needs Python, make and a network. The far ends of the other parts (tests/parts.py) come from Debian; .ci/run installs them all.
"""

import ctypes
import os
import shutil
from pathlib import Path

import pytest

from tests import parts

PACKAGES = {
    "bearerbox": "kannel", "chromium": "chromium", "chromium-headless-shell": "chromium-headless-shell", "clamd": "clamav-daemon",
    "docker-compose": "docker-compose", "doveadm": "dovecot-imapd", "dovecot": "dovecot-imapd dovecot-lmtpd",
    "drive_smpp": "kannel-extras", "haproxy": "haproxy", "ip": "iproute2", "make": "make", "mmdebstrap": "mmdebstrap",
    "openssl": "openssl", "postconf": "postfix", "postfix": "postfix", "promtool": "prometheus",
    "RHVoice-test": "rhvoice rhvoice-russian", "sipp": "sip-tester", "softhsm2-util": "softhsm2", "sox": "sox",
    "systemd-analyze": "systemd", "tesseract": "tesseract-ocr tesseract-ocr-rus tesseract-ocr-osd", "unshare": "util-linux",
}
"""Programs of Debian that tests start, with the packages that bring them."""


def lacks(what: str, brought_by: str) -> None:
    """Skip the test, or fail it on the build server."""
    words = f"{what} is not on this machine (Debian: {brought_by})"
    if os.environ.get("CI") == "true":
        pytest.fail(words)
    pytest.skip(words, allow_module_level=True)


def _is_needed(what: str) -> None:
    if parts.running() == parts.LOGIC:
        pytest.fail(f"a test of logic needs {what}: mark it pytest.mark.peers (tests/parts.py)")


def need(program: str) -> str:
    """Where a program is; a test that cannot do without it is skipped where it is nowhere."""
    _is_needed(program)
    if (found := shutil.which(program)) is None:
        lacks(program, PACKAGES[program])
    return str(found)


def need_file(path: Path, brought_by: str) -> Path:
    """A file that a package brings."""
    _is_needed(str(path))
    if not path.exists():
        lacks(str(path), brought_by)
    return path


def need_library(name: str, brought_by: str) -> None:
    """A library that a program of a package needs, and that no Python package brings."""
    _is_needed(name)
    try:
        ctypes.CDLL(name)
    except OSError:
        lacks(name, brought_by)


def missing(error: BaseException | None) -> str:
    """The program that could not be started, if it is one of Debian's, here or in what led to it; else ""."""
    while error is not None:
        name = Path(str(error.filename)).name if isinstance(error, FileNotFoundError) and error.filename else ""
        if name in PACKAGES and shutil.which(name) is None:
            return name
        error = error.__cause__ or error.__context__
    return ""
