"""Whose files are that root writes for the hub: those of the account of its service, where there is one."""

import os
import pwd
from collections.abc import Iterable
from pathlib import Path

ACCOUNT = "okno"
"""docker/systemd/okno.sysusers."""


def service_account() -> pwd.struct_passwd | None:
    """Whom root gives the files to; None where nobody has to."""
    try:
        return pwd.getpwnam(ACCOUNT) if os.geteuid() == 0 else None
    except KeyError:
        return None


def hubs_account(data: Path) -> pwd.struct_passwd | None:
    """The owner of a hub's data folder, or its service's account."""
    if os.geteuid() == 0 and data.is_dir() and (owner := data.stat().st_uid):
        return pwd.getpwuid(owner)
    return service_account()


def give(account: pwd.struct_passwd, paths: Iterable[Path]) -> None:
    for path in paths:
        os.chown(path, account.pw_uid, account.pw_gid)
