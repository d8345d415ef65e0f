"""Makes MongoDB's replica set and its two accounts, an administrator's and the hub's, which may only use the hub's own database.

It runs where the first member does: as long as there is no account, MongoDB lets in nobody else. Once all is there it changes nothing.
Usage: begin.py HOST:PORT… (all members, the first one here). Reads `store-uri` and `mongo-admin` of OKNO_SECRETS, or of /run/secrets.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.uri_parser import parse_uri

DONE_BEFORE = [13, 23, 51003]
"""Unauthorised (strangers are let in no longer), AlreadyInitialized, and an account that exists."""
ELECTION_S = 60


def begin(members: list[str], secrets: Path) -> None:
    hub = parse_uri(secrets.joinpath("store-uri").read_text("utf8").strip())
    password = secrets.joinpath("mongo-admin").read_text("utf8").strip()
    name = hub["options"]["replicaSet"]
    here = int(members[0].rpartition(":")[2])
    tls: dict[str, Any] = {option: value for option, value in hub["options"].items() if option.startswith("tls")}
    # Its certificate is for the name that others reach it by.
    unnamed: dict[str, Any] = tls | {"tlsAllowInvalidHostnames": True} if tls else {}
    with MongoClient[dict[str, Any]]("127.0.0.1", here, directConnection=True, **unnamed) as client:
        those = {"_id": name, "members": [{"_id": n, "host": host} for n, host in enumerate(members)]}
        client.admin.command("replSetInitiate", those, allowable_errors=DONE_BEFORE)
        wait_for_a_primary(client.admin)
        client.admin.command("createUser", "admin", pwd=password, roles=["root"], allowable_errors=DONE_BEFORE)
    with MongoClient[dict[str, Any]](members, replicaSet=name, username="admin", password=password, **tls) as client:
        roles = [{"role": "readWrite", "db": "okno"}]
        client.admin.command("createUser", hub["username"], pwd=hub["password"], roles=roles, allowable_errors=DONE_BEFORE)


def wait_for_a_primary(database: Database[dict[str, Any]]) -> None:
    """Until this member takes what is written, or another one does."""
    end = time.monotonic() + ELECTION_S
    while not (told := database.command("hello"))["isWritablePrimary"] and told.get("primary") in {None, told.get("me")}:
        if time.monotonic() > end:
            sys.exit("no primary was elected: can the members reach each other by these names?")
        time.sleep(0.2)


if __name__ == "__main__":
    begin(sys.argv[1:], Path(os.environ.get("OKNO_SECRETS", "/run/secrets")))
