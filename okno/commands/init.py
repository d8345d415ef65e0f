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
from okno.commands.init_texts import TEXTS, InitTexts
from okno.commands.service_account import ACCOUNT, give, service_account
from okno.config import load
from okno.faults.config_error import ConfigError

PACKAGED = Path("/usr/share/okno/centre.toml")
"""The configuration as the Debian package brings it: where nobody has changed it, it is replaced."""
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
    init.add_argument("--language", choices=sorted(TEXTS), default="ru", help="of the questions (default: %(default)s)")
    init.add_argument("--owner", metavar="USER", help=f"who owns the files (default: {ACCOUNT}, where it exists and root asks)")


def perform(options: argparse.Namespace) -> int:
    """Returns the exit code; what is wrong is told on stderr."""
    try:
        write(options.folder.absolute(), Interview(TEXTS[options.language], silent=options.yes), options.owner)
    except ConfigError as error:
        for sentence in error.located(options.folder / "centre.toml"):
            print(f"okno: {sentence}", file=sys.stderr)
        return 1
    except (OknoError, OSError) as error:
        print(f"okno: {error}", file=sys.stderr)
        return 1
    except (EOFError, KeyboardInterrupt):
        print(f"\nokno: {TEXTS[options.language].stopped}", file=sys.stderr)
        return 1
    return 0


class Interview:
    """Questions on the terminal, or, if it is none, answers by standard input."""

    def __init__(self, texts: InitTexts, *, silent: bool) -> None:
        self.texts, self._silent = texts, silent

    def answer(self, question: str, default: str = "", wrong: Wrong = lambda _: "") -> str:
        """An empty answer is the default; a wrong one is asked for again. Raises EOFError."""
        while True:
            told = default if self._silent else input(f"{question} [{default}]: " if default else f"{question}: ").strip() or default
            if not (why := wrong(told)):
                return told
            self._refuse(f"{question}: {told!r}: ", why)

    def agrees(self, question: str, *, default: bool) -> bool:
        words = {"yes": True, "y": True, "да": True, "no": False, "n": False, "нет": False}
        said = self.texts.yes if default else self.texts.no
        return words[self.answer(question, said, lambda told: "" if told.lower() in words else self.texts.yes_or_no).lower()]

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
    texts, file = interview.texts, folder / "centre.toml"
    unchanged = file.exists() and PACKAGED.exists() and file.read_bytes() == PACKAGED.read_bytes()
    there = [path for name in ("centre.toml", "keys", "secrets") if (path := folder / name).exists()]
    if (taken := [path for path in there if not (unchanged and path == file)]):
        raise OknoError(texts.taken.format(path=taken[0]))
    account = pwd.getpwnam(owner) if owner else service_account()
    print(texts.begin.format(folder=folder))
    answers = asked(interview, folder)
    kept = {name: secret for name, secret in answers.secrets().items() if secret}
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    if unchanged:
        file.unlink()
    _private(file, configuration(answers))
    if kept:
        (folder / "secrets").mkdir(mode=0o700)
        for name, secret in kept.items():
            _private(folder / "secrets" / name, f"{secret}\n")
    Path(answers.data).mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        config = load(file, {})
        if answers.sealed:
            keys.new(config)
        asyncio.run(check.check(config))
    finally:
        if account is not None:
            data = Path(answers.data)
            made = [path for name in ("centre.toml", "keys", "secrets") if (path := folder / name).exists()]
            give(account, (*made, *(folder / "secrets").glob("*"), data, *data.rglob("*")))
    print(f"\n{texts.next.format(folder=folder)}")


def asked(interview: Interview, folder: Path) -> Answers:
    answer, texts = interview.answer, interview.texts
    code = answer(texts.code, "000", _like(CODE, texts.three_digits))
    name = answer(texts.name, "Контакт-центр")
    level = answer(texts.level, "regional", _one_of([str(each) for each in Level]))
    zone = answer(texts.zone, "Europe/Moscow", lambda told: "" if told in available_timezones() else texts.no_zone)
    data = answer(texts.data, str(SERVICE_DATA if SERVICE_DATA.is_dir() else folder / "var"))
    origin = answer(texts.origin, "", lambda told: "" if not told or ADDRESS.fullmatch(told) else texts.not_an_origin)
    proxied = origin.startswith("https:") and interview.agrees(texts.proxied, default=True)
    certificate = answer(texts.certificate, "", lambda told: "" if Path(told).is_file() else texts.no_file) \
        if origin.startswith("https:") and not proxied else ""
    pages = answer(texts.pages, origin, lambda told: "" if all(map(ADDRESS.fullmatch, told.split())) else texts.not_pages)
    sealed = interview.agrees(texts.sealed, default=True)
    return Answers(
        folder, code, name, level, zone, data, origin, proxied, certificate, tuple(pages.split()), sealed,
        mail=_mail(interview) if interview.agrees(texts.mail, default=False) else None,
        smsc=_smsc(interview) if interview.agrees(texts.sms, default=False) else None,
        max_token=interview.secret(texts.max_token) if interview.agrees(texts.max, default=False) else "")


def _mail(interview: Interview) -> Mail:
    texts = interview.texts
    address = interview.answer(texts.mailbox, "", lambda told: "" if MAILBOX.fullmatch(told) else texts.not_a_mailbox)
    domain = address.partition("@")[2]
    imap = interview.answer(texts.imap, f"imap.{domain}", _like(HOST, texts.not_a_host))
    user = interview.answer(texts.user, address)
    password = interview.secret(texts.password)
    smtp = interview.answer(texts.smtp, f"smtp.{domain}", _like(HOST, texts.not_a_host))
    return Mail(address, imap, user, password, smtp, secrets.token_hex(32))


def _smsc(interview: Interview) -> Smsc:
    texts = interview.texts
    host = interview.answer(texts.smsc, "", _like(HOST, texts.not_a_host))
    port = interview.answer(texts.port, "2775", lambda told: "" if told.isdecimal() and 0 < int(told) < 1 << 16 else texts.not_a_port)
    tls = interview.agrees(texts.tls, default=False)
    system = interview.answer(texts.system_id, "okno", _like(SYSTEM_ID, texts.not_a_system_id))
    password = interview.secret(texts.smsc_password, _like(PASSWORD, texts.not_an_smsc_password))
    source = interview.answer(texts.sender, "", _like(SENDER, texts.not_a_sender))
    return Smsc(host, int(port), tls, system, password, source)


def _like(pattern: re.Pattern[str], what: str) -> Wrong:
    return lambda told: "" if pattern.fullmatch(told) else what


def _one_of(words: list[str]) -> Wrong:
    return lambda told: "" if told in words else ", ".join(words)


def _private(path: Path, content: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf8") as file:
        file.write(content)
