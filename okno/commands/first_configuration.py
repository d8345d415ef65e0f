"""The first configuration of a centre as text, with a remark on each part. Pure."""

import json
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct


class Mail(Struct, frozen=True):
    """One mailbox, fetched by IMAP and answered over SMTP. `reply_key` signs reply addresses."""

    address: str
    imap: str
    user: str
    password: str
    smtp: str
    reply_key: str


class Smsc(Struct, frozen=True):
    host: str
    port: int
    tls: bool
    system_id: str
    password: str
    source: str


class Answers(Struct, frozen=True):
    """What `okno init` was told. `folder` is where the file goes; "" and None are what the centre has not."""

    folder: Path
    code: str
    name: str
    level: str
    timezone: str
    data: str
    origin: str
    proxied: bool
    certificate: str
    pages: tuple[str, ...]
    sealed: bool
    mail: Mail | None
    smsc: Smsc | None
    max_token: str

    def secrets(self) -> dict[str, str]:
        """Contents of files below `secrets`, by their names."""
        mail = {"imap": self.mail.password, "smtp": self.mail.password, "mail-key": self.mail.reply_key} if self.mail else {}
        return mail | ({"smsc": self.smsc.password} if self.smsc else {}) | {"max": self.max_token}


def configuration(of: Answers) -> str:
    """centre.toml."""
    parts = [HEAD, f"data = {_text(of.data)}", _centre(of), _listen(of), _store(of), LINES, ROBOT, *_channels(of)]
    return "\n\n".join(part for part in parts if part) + "\n"


HEAD = """# A centre's configuration. docs/configuration.md explains every key, docker/production.toml shows a whole regional centre.
# After a change: okno check --config FILE, then restart the hub."""

ROBOT = """# The dialogue that Okno brings along; designers publish their own at the desk.
[robot]
project = "centre\""""

LINES = """# Lines and topics of the first day: more are made at the desk, under «Настройки».
[routing]
queue = "general"

[[queues]]
id = "general"
title = "Общие вопросы"

[[topics]]
id = "other"
title = "Другое\""""


def _centre(of: Answers) -> str:
    return f"""# Numbers of conversations begin with `code`.
[centre]
code = {_text(of.code)}
name = {_text(of.name)}
level = {_text(of.level)}
timezone = {_text(of.timezone)}"""


def _listen(of: Answers) -> str:
    split = urlsplit(of.origin)
    lines = ["[listen]"]
    if of.proxied:
        lines = ["# The proxy ends https and alone reaches the hub: it sets X-Forwarded-For.", *lines,
                 'host = "127.0.0.1"', "port = 8080", "secure = true", "behind_proxy = true"]
    elif of.certificate:
        lines += ['host = "0.0.0.0"', f"port = {split.port or 443}", "redirect_port = 80", f"certificate = {_text(of.certificate)}"]
    elif of.origin:
        lines = ["# Without https passwords and messages can be read on the way.", *lines, 'host = "0.0.0.0"', f"port = {split.port or 80}"]
    else:
        lines += ['host = "127.0.0.1"', "port = 8080"]
    return "\n".join(lines) + (f"\n\n[desk]\norigin = {_text(of.origin)}" if of.origin else "")


def _store(of: Answers) -> str:
    sealed = f"""

# Everything that is stored is sealed by this key. Keep a copy of it where the backups are not: without it nothing can be read.
[keys]
driver = "file"
settings.path = {_text(str(of.folder / "keys"))}""" if of.sealed else ""
    return f"""# SQLite in the data folder; several hubs need MongoDB (docs/deploy.md, Several hubs).
[store]
kind = "sqlite"{sealed}

# 0 keeps for ever; a public body has terms for each of these.
[retention]
conversations_days = 1095
recordings_days = 180
attachments_days = 365"""


def _channels(of: Answers) -> list[str]:
    origins = f"\n[channels.settings]\norigins = {_list(of.pages)}" if of.pages else ""
    found = [f'# The chat on the pages named; / of the hub shows the line to put into them.\n[[channels]]\ndriver = "web.chat"{origins}']
    if (mail := of.mail) is not None:
        found.append(f"""# Letters come over IMAP and go out over SMTP.
[[channels]]
driver = "email.mail"
[channels.settings]
domain = {_text(mail.address.partition("@")[2])}
address = {_text(mail.address)}
name = {_text(of.name)}
key_file = {_secret(of, "mail-key")}
mailboxes = [{{ host = {_text(mail.imap)}, user = {_text(mail.user)}, password_file = {_secret(of, "imap")} }}]
[channels.settings.relay]
host = {_text(mail.smtp)}
user = {_text(mail.user)}
password_file = {_secret(of, "smtp")}""")
    if (smsc := of.smsc) is not None:
        found.append(f"""[[channels]]
driver = "sms.smpp"
[[channels.settings.smscs]]
name = "first"
host = {_text(smsc.host)}
port = {smsc.port}
tls = {_text(smsc.tls)}
system_id = {_text(smsc.system_id)}
password_file = {_secret(of, "smsc")}
source = {_text(smsc.source)}""")
    if of.max_token:
        found.append(f"""[[channels]]
driver = "messenger.max"
[channels.settings]
token_file = {_secret(of, "max")}""")
    return found


def _secret(of: Answers, name: str) -> str:
    return _text(str(of.folder / "secrets" / name))


def _list(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _text(value: object) -> str:
    """What JSON and TOML write alike."""
    return json.dumps(value, ensure_ascii=False)
