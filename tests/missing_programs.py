"""What a machine lacks for some tests: they are skipped by name, with the package that brings it; on the build server that is a failure.

`make test` needs Python, make and a network. The far ends that more is tested against come from Debian; .ci/run installs them all.
"""

import ctypes
import os
import shutil
from pathlib import Path

import pytest

PACKAGES = {
    "bearerbox": "kannel", "chromium": "chromium", "clamd": "clamav-daemon", "doveadm": "dovecot-imapd", "docker-compose": "docker-compose",
    "dovecot": "dovecot-imapd dovecot-lmtpd", "drive_smpp": "kannel-extras", "haproxy": "haproxy", "ip": "iproute2", "make": "make",
    "mmdebstrap": "mmdebstrap", "openssl": "openssl", "postfix": "postfix", "postconf": "postfix", "promtool": "prometheus",
    "RHVoice-test": "rhvoice rhvoice-russian", "sipp": "sip-tester", "softhsm2-util": "softhsm2", "sox": "sox", "systemd-analyze": "systemd",
    "tesseract": "tesseract-ocr tesseract-ocr-rus tesseract-ocr-osd", "unshare": "util-linux",
}
"""Programs of Debian that tests start, with the packages that bring them."""


def lacks(what: str, brought_by: str) -> None:
    """Skip the test, or fail it on the build server."""
    words = f"{what} is not on this machine (Debian: {brought_by})"
    if os.environ.get("CI") == "true":
        pytest.fail(words)
    pytest.skip(words, allow_module_level=True)


def need(program: str) -> str:
    """Where a program is; a test that cannot do without it is skipped where it is nowhere."""
    if (found := shutil.which(program)) is None:
        lacks(program, PACKAGES[program])
    return str(found)


def need_file(path: Path, brought_by: str) -> Path:
    """A file that a package brings."""
    if not path.exists():
        lacks(str(path), brought_by)
    return path


def need_library(name: str, brought_by: str) -> None:
    """A library that a program of a package needs, and that no Python package brings."""
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
