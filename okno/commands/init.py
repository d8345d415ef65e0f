"""`okno init`: asks how a centre is reached, and writes its first configuration and a file for each secret."""

import argparse
import asyncio
import os
import pwd
import re
import secrets
import sys
from collections.abc import Callable
from getpass import getpass
from pathlib import Path
from zoneinfo import available_timezones

from hub.conversations.identities import MAILBOX
from hub.kernel.errors import OknoError
from hub.organisation.level import Level
from okno.commands import check, keys
from okno.commands.first_configuration import Answers, Mail, Smsc, configuration
from okno.config import load
from okno.faults.config_error import ConfigError

ACCOUNT = "okno"
"""The account of the service (docker/systemd/okno.sysusers)."""
SERVICE_DATA = Path("/var/lib/okno")
CODE, ADDRESS = re.compile(r"[0-9]{3}"), re.compile(r"https?://[^\s/?#]+")
HOST = re.compile(r"[A-Za-z0-9._-]+")
SYSTEM_ID, PASSWORD = re.compile(r"[ -~]{1,15}"), re.compile(r"[ -~]{0,8}")
"""SMPP 3.4, 5.2.1 and 5.2.2."""
SENDER = re.compile(r"\+?[0-9]{3,15}|[A-Za-z0-9 ._-]{1,11}")

Wrong = Callable[[str], str]
"""What is wrong with an answer; "" for nothing."""


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    init = commands.add_parser(
        "init", help="ask how the centre is reached, and write its first configuration",
        description="Ask how the centre is reached, and write centre.toml, a key, and a file for each password into a folder. "
                    "Nothing that is there is changed. Answers may also come by standard input, a line each.")
    init.add_argument("folder", type=Path, nargs="?", default=Path(), metavar="FOLDER", help="default: this one")
    init.add_argument("--yes", action="store_true", help="take every default without asking: a centre on this machine with a web chat")
    init.add_argument("--owner", metavar="USER", help=f"who owns the files (default: {ACCOUNT}, where it exists and root asks)")


def perform(options: argparse.Namespace) -> int:
    """Returns the exit code; what is wrong is told on stderr."""
    try:
        write(options.folder.absolute(), Interview(silent=options.yes), options.owner)
    except ConfigError as error:
        for sentence in error.located(options.folder / "centre.toml"):
            print(f"okno: {sentence}", file=sys.stderr)
        return 1
    except (OknoError, OSError) as error:
        print(f"okno: {error}", file=sys.stderr)
        return 1
    except (EOFError, KeyboardInterrupt):
        print("\nokno: stopped before the last answer: nothing was written", file=sys.stderr)
        return 1
    return 0


class Interview:
    """Questions on the terminal, or, if it is none, answers by standard input."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent

    def answer(self, question: str, default: str = "", wrong: Wrong = lambda _: "") -> str:
        """An empty answer is the default; a wrong one is asked for again. Raises EOFError."""
        while True:
            told = default if self._silent else input(f"{question} [{default}]: " if default else f"{question}: ").strip() or default
            if not (why := wrong(told)):
                return told
            self._refuse(f"{question}: {told!r}: ", why)

    def agrees(self, question: str, *, default: bool) -> bool:
        words = {"yes": True, "y": True, "да": True, "no": False, "n": False, "нет": False}
        return words[self.answer(question, "yes" if default else "no", lambda told: "" if told.lower() in words else "yes or no").lower()]

    def secret(self, question: str, wrong: Wrong = lambda _: "") -> str:
        """Is not shown."""
        while (why := wrong(told := getpass(f"{question}: ") if sys.stdin.isatty() else input(f"{question}: "))):
            self._refuse(f"{question}: ", why)
        return told

    def _refuse(self, what: str, why: str) -> None:
        if self._silent or not sys.stdin.isatty():
            message = f"{what}{why}"
            raise OknoError(message)
        print(f"  {why}")


def write(folder: Path, interview: Interview, owner: str | None) -> None:
    """Raises OknoError, OSError and EOFError before anything is written, or ConfigError for what `okno check` finds."""
    if (taken := [path for name in ("centre.toml", "keys", "secrets") if (path := folder / name).exists()]):
        message = f"{taken[0]} is there already: name another folder, or change it by hand (docs/configuration.md)"
        raise OknoError(message)
    account = pwd.getpwnam(owner) if owner else _service_account()
    print(f"Writes {folder}/centre.toml. Enter takes what stands in brackets; Ctrl+C writes nothing.")
    answers = asked(interview, folder)
    kept = {name: secret for name, secret in answers.secrets().items() if secret}
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    _private(folder / "centre.toml", configuration(answers))
    if kept:
        (folder / "secrets").mkdir(mode=0o700)
        for name, secret in kept.items():
            _private(folder / "secrets" / name, f"{secret}\n")
    Path(answers.data).mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        config = load(folder / "centre.toml", {})
        if answers.sealed:
            keys.new(config)
        asyncio.run(check.check(config))
    finally:
        if account is not None:
            _give(account, folder, Path(answers.data))
    print(f"\nNext:  okno check --channels --config {folder}/centre.toml   tries mail, SMS and messengers\n"
          f"       okno run --config {folder}/centre.toml                prints the one-time password of the first administrator")


def asked(interview: Interview, folder: Path) -> Answers:
    answer = interview.answer
    code = answer("Code of the centre, three digits, unique in the country", "000", _like(CODE, "three digits, as 077"))
    name = answer("Its name, as citizens read it", "Контакт-центр")
    level = answer("Its level", "regional", _one_of([str(each) for each in Level]))
    zone = answer("Time zone", "Europe/Moscow", lambda told: "" if told in available_timezones() else "no such zone, as Asia/Omsk")
    data = answer("Folder of all that is stored", str(SERVICE_DATA if SERVICE_DATA.is_dir() else folder / "var"))
    origin = answer("Address of the desk, as https://desk.example.ru; empty for this machine alone", "",
                    lambda told: "" if not told or ADDRESS.fullmatch(told) else "http:// or https://, a name, no path")
    proxied = origin.startswith("https:") and interview.agrees("Does a proxy in front of the hub end https", default=True)
    certificate = answer("  Its certificate and key, a PEM file", "", _a_file) if origin.startswith("https:") and not proxied else ""
    pages = answer("Pages with the chat, as https://www.example.ru; several with spaces", origin,
                   lambda told: "" if all(map(ADDRESS.fullmatch, told.split())) else "each is http:// or https:// and a name, no path")
    sealed = interview.agrees("Seal all that is stored by a key beside this file", default=True)
    return Answers(
        folder, code, name, level, zone, data, origin, proxied, certificate, tuple(pages.split()), sealed,
        mail=_mail(interview) if interview.agrees("Mail", default=False) else None,
        smsc=_smsc(interview) if interview.agrees("SMS by SMPP", default=False) else None,
        max_token=interview.secret("  The bot's token, from business.max.ru") if interview.agrees("A bot in MAX", default=False) else "")


def _mail(interview: Interview) -> Mail:
    address = interview.answer("  The address that citizens write to", "", _mailbox)
    domain = address.partition("@")[2]
    imap = interview.answer("  IMAP server", f"imap.{domain}", _like(HOST, "a name or an address"))
    user = interview.answer("  User", address)
    password = interview.secret("  Password")
    smtp = interview.answer("  SMTP server that sends; the same user and password", f"smtp.{domain}", _like(HOST, "a name or an address"))
    return Mail(address, imap, user, password, smtp, secrets.token_hex(32))


def _smsc(interview: Interview) -> Smsc:
    host = interview.answer("  Host of the SMSC", "", _like(HOST, "a name or an address"))
    port = interview.answer("  Port", "2775", lambda told: "" if told.isdecimal() and 0 < int(told) < 1 << 16 else "1 to 65535")
    tls = interview.agrees("  By TLS", default=False)
    system = interview.answer("  system_id", "okno", _like(SYSTEM_ID, "1 to 15 characters"))
    password = interview.secret("  Password, at most 8 characters", _like(PASSWORD, "0 to 8 ASCII characters"))
    source = interview.answer("  Sender that citizens see", "", _like(SENDER, "a number or a name of 11 letters"))
    return Smsc(host, int(port), tls, system, password, source)


def _like(pattern: re.Pattern[str], what: str) -> Wrong:
    return lambda told: "" if pattern.fullmatch(told) else what


def _one_of(words: list[str]) -> Wrong:
    return lambda told: "" if told in words else ", ".join(words)


def _mailbox(told: str) -> str:
    return "" if MAILBOX.fullmatch(told) else "as ask@example.ru"


def _a_file(told: str) -> str:
    return "" if Path(told).is_file() else "there is no such file"


def _service_account() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(ACCOUNT) if os.geteuid() == 0 else None
    except KeyError:
        return None


def _give(account: pwd.struct_passwd, folder: Path, data: Path) -> None:
    made = [path for name in ("centre.toml", "keys", "secrets") if (path := folder / name).exists()]
    for path in (*made, *(folder / "secrets").glob("*"), data, *data.rglob("*")):
        os.chown(path, account.pw_uid, account.pw_gid)


def _private(path: Path, content: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf8") as file:
        file.write(content)
