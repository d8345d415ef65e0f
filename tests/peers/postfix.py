"""A whole Postfix beside the system's: its own configuration, queue and log, on free ports of this machine.

It relays mail for our domain to the hub, or by LMTP into a mailbox that the hub empties, and keeps mail for home.example in maildirs; of strangers there it learns only after it
has taken their mail, so that it must write a report of its own.
"""

import pwd
import shutil
import smtplib
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tests.channels.line import PATIENCE_S
from tests.missing_programs import need
from tests.peers.ports import await_port, free_ports

MAIN = """
compatibility_level = 3.6
queue_directory = {base}/queue
data_directory = {base}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {base}/log
maillog_file_prefixes = {base}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = post.home.example
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_reject_unlisted_recipient = no
smtputf8_enable = yes
relay_domains = centre.example
transport_maps = inline:{{centre.example={hub}}}
virtual_mailbox_domains = home.example
virtual_mailbox_maps = inline:{{{users}}}
virtual_mailbox_base = {base}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
smtp_connection_cache_on_demand = no
smtp_host_lookup = native
"""
# Looks into the incoming queue each second: a mail that comes from the deferred one while its last delivery still ends is left there until the next look.
SERVICES = """
{smtp} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    def __init__(self, base: Path, users: tuple[str, ...], lmtp: int = 0) -> None:
        need("postfix")
        self.base = base
        self.smtp, self.hub = free_ports(2)
        """Where it listens, and where it looks for the hub."""
        nobody = pwd.getpwnam("nobody")
        for name in ("etc", "queue", "data", "mail"):
            (base / name).mkdir()
        shutil.chown(base / "data", "postfix")
        shutil.chown(base / "mail", "nobody", "nogroup")
        boxes = ", ".join(f"{user}@home.example={user}/" for user in users)
        hub = f"lmtp:inet:127.0.0.1:{lmtp}" if lmtp else f"smtp:[127.0.0.1]:{self.hub}"
        main = MAIN.format(base=base, hub=hub, users=boxes, uid=nobody.pw_uid, gid=nobody.pw_gid)
        (base / "etc/main.cf").write_text(main, encoding="utf8")
        (base / "etc/master.cf").write_text(SERVICES.format(smtp=f"127.0.0.1:{self.smtp}"), encoding="utf8")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Postfix":
        command = ["postfix", "-c", str(self.base / "etc"), "start-fg"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        await_port(self.smtp, self._process)
        return self

    def stop(self) -> None:
        if self._process is not None:
            # Its master is a session of its own, which no signal to the script that has started it reaches.
            subprocess.run(["postfix", "-c", str(self.base / "etc"), "abort"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            self._process.wait(PATIENCE_S)
            self._process = None

    def give(self, mail: EmailMessage, to: str) -> None:
        """As a citizen's program does."""
        with smtplib.SMTP("127.0.0.1", self.smtp) as door:
            door.send_message(mail, mail["From"], [to])

    def mailbox(self, user: str) -> list[EmailMessage]:
        """What has arrived, oldest first."""
        found = sorted((self.base / "mail" / user / "new").glob("*"), key=lambda path: path.stat().st_mtime_ns)
        mails = [message_from_bytes(path.read_bytes(), policy=default) for path in found]
        return [mail for mail in mails if isinstance(mail, EmailMessage)]

    def log(self) -> str:
        path = self.base / "log"
        return path.read_text(encoding="utf8", errors="replace") if path.exists() else ""


@contextmanager
def postfix(*users: str, lmtp: int = 0) -> Iterator[Postfix]:
    # Its processes are of other users: the folder and all above it must be open to them.
    base = Path(tempfile.mkdtemp(prefix="okno-postfix-"))
    base.chmod(0o755)
    server = Postfix(base, users, lmtp)
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(base, ignore_errors=True)
