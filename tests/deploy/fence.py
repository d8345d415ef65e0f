"""Runs a command as a unit's SystemCallFilter and NoNewPrivileges would have it: `python -m tests.deploy.fence UNIT COMMAND…`."""

import ctypes
import os
import subprocess
import sys
from errno import EPERM
from pathlib import Path

NO_NEW_PRIVILEGES = 38  # prctl(2)
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | EPERM  # seccomp(2): SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO


def settings(unit: Path, name: str) -> list[str]:
    return [line.partition("=")[2] for line in unit.read_text("utf8").splitlines() if line.startswith(f"{name}=")]


def calls(group: str) -> set[str]:
    """The system calls of one of systemd's groups, and of those within it."""
    said = subprocess.run(["systemd-analyze", "syscall-filter", group], check=True, capture_output=True, text=True).stdout
    names = {line.strip() for line in said.splitlines() if line.startswith("    ")} - {""}
    inner = {name for name in names if name.startswith("@")}
    return {name for name in names - inner if not name.startswith("#")}.union(*map(calls, inner))


def allowed(unit: Path) -> set[str]:
    """Later lines go before earlier ones; `~` takes away."""
    left: set[str] = set()
    for line in settings(unit, "SystemCallFilter"):
        those = set[str]().union(*(calls(group) for group in line.lstrip("~").split()))
        left = left - those if line.startswith("~") else left | those
    return left


def fence(unit: Path) -> None:
    libc, seccomp = ctypes.CDLL(None, use_errno=True), ctypes.CDLL("libseccomp.so.2", use_errno=True)
    assert settings(unit, "NoNewPrivileges") == ["yes"]
    assert settings(unit, "SystemCallErrorNumber") == ["EPERM"]
    names = allowed(unit)
    assert libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
    seccomp.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(seccomp.seccomp_init(REFUSE))
    for name in names:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # others are of other architectures
            assert seccomp.seccomp_rule_add(rules, ALLOW, number, 0) == 0
    assert seccomp.seccomp_load(rules) == 0


if __name__ == "__main__":
    fence(Path(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
