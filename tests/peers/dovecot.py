"""Dovecot 2.4: IMAP, IMAPS and LMTP on free ports, any user, one password or access tokens."""

import os
import shutil
import signal
import smtplib
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path

from imapclient import IMAPClient

from tests.channels.line import PATIENCE_S
from tests.peers.authority import certificate
from tests.peers.ports import await_port, free_ports

PASSWORD = "secret"
CONFIG = """
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_server_cert_file = {base}/cert.pem
ssl_server_key_file = {base}/key.pem
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {base}/mail/%{{user}}
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
{passdb}
userdb static {{
  fields {{
    uid = nobody
    gid = nogroup
    home = {base}/mail/%{{user}}
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    listen = 127.0.0.1
    port = {lmtp}
  }}
}}
"""
BY_PASSWORD = f"""
passdb static {{
  password = {PASSWORD}
}}
"""
BY_TOKEN = """
auth_mechanisms {{
  xoauth2 = yes
  oauthbearer = yes
}}
oauth2 {{
  introspection_url = {url}
  introspection_mode = get
  username_attribute = username
}}
passdb oauth2 {{
}}
"""


class Dovecot:
    def __init__(self, base: Path, passdb: str) -> None:
        self.base, self._passdb = base, passdb
        self.imap, self.imaps, self.lmtp = free_ports(3)
        self.certificate, _ = certificate(base)
        (base / "mail").mkdir()
        shutil.chown(base / "mail", "nobody", "nogroup")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Dovecot":
        config = self.base / "dovecot.conf"
        config.write_text(CONFIG.format(base=self.base, passdb=self._passdb, imap=self.imap, imaps=self.imaps, lmtp=self.lmtp), encoding="utf8")
        self._process = subprocess.Popen(["dovecot", "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        for port in (self.imap, self.imaps, self.lmtp):
            await_port(port, self._process)
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(PATIENCE_S)
            with suppress(ProcessLookupError):
                # Its children go on serving whoever is connected.
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process = None

    def deliver(self, user: str, mails: Sequence[EmailMessage | bytes]) -> None:
        """Into a user's inbox, in one LMTP session."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as door:
            for mail in mails:
                door.sendmail("sender@home.example", [user], mail if isinstance(mail, bytes) else mail.as_bytes())

    def put(self, user: str, mails: Sequence[EmailMessage | bytes]) -> None:
        """Into a user's inbox at once, as files of its maildir."""
        inbox = self.base / "mail" / user
        for folder in (inbox, *(inbox / name for name in ("tmp", "new", "cur"))):
            if not folder.exists():
                folder.mkdir()
                shutil.chown(folder, "nobody", "nogroup")
        for number, mail in enumerate(mails):
            path = inbox / "tmp" / f"1.{number:06}.put"
            path.write_bytes(mail if isinstance(mail, bytes) else mail.as_bytes())
            shutil.chown(path, "nobody", "nogroup")
            path.rename(inbox / "new" / path.name)

    @contextmanager
    def opened(self, user: str) -> Iterator[IMAPClient]:
        """A mail program at the same mailbox."""
        client = IMAPClient("127.0.0.1", self.imap, ssl=False)
        client.login(user, PASSWORD)
        client.select_folder("INBOX")
        try:
            yield client
        finally:
            client.logout()

    def log(self) -> str:
        return (self.base / "log").read_text(encoding="utf8", errors="replace")


@contextmanager
def dovecot(passdb: str = BY_PASSWORD) -> Iterator[Dovecot]:
    # Its processes are of another user: the folder and all above it must be open to them.
    base = Path(tempfile.mkdtemp(prefix="okno-dovecot-"))
    base.chmod(0o755)
    (base / "run").mkdir()
    (base / "state").mkdir()
    server = Dovecot(base, passdb)
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(base, ignore_errors=True)
