"""E-mail: accepted by SMTP and fetched by IMAP, both with a store on the disk behind it and the robot's answers going out.

SMTP is measured with Postfix' smtp-source over ten connections against a bare aiosmtpd that keeps nothing, in the same run and in
alternating rounds; Postfix' smtp-sink, in C, stands beside it for information. IMAP is fetched from a real Dovecot.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from statistics import median

from imapclient import IMAPClient

from benchmarks.chat import free_port, server
from benchmarks.report import fdatasyncs_per_s, report, rounded
from tests.peers.dovecot import PASSWORD, dovecot
from tests.peers.ports import await_port

CONNECTIONS, SIZE, MAILS, ROUNDS = 10, 2048, 1000, 5
FETCHED = 3000
OURS, USER = "ask@centre.example", "ask"
GOALS = ["ratio_to_bare >= 0.6", "fetched_per_s >= 1000"]
SETTINGS = """
[[channels]]
driver = "email.mail"
[channels.settings]
domain = "centre.example"
address = "{ours}"
key_file = "{key}"
relay = {{ host = "127.0.0.1", port = {relay}, tls = "none" }}
{source}

[log]
level = "warning"
"""


def configured(folder: Path, relay: int, source: str) -> Path:
    """A centre with nothing but e-mail besides its chat."""
    key = folder / "key"
    key.write_text("benchmark\n", encoding="utf8")
    builtin = (files("okno.demo") / "okno.toml").read_text(encoding="utf8")
    mail = SETTINGS.format(ours=OURS, key=key, relay=relay, source=source).replace("[[channels]]", "", 1).strip()
    config = folder / "okno.toml"
    config.write_text(builtin.replace('driver = "web.chat"', f'driver = "web.chat"\n\n[[channels]]\n{mail}', 1), encoding="utf8")
    return config


def given(port: int, mails: int) -> float:
    """Mails a second that are answered with 250, a connection each."""
    began = time.perf_counter()
    subprocess.run(["smtp-source", "-s", str(CONNECTIONS), "-m", str(mails), "-l", str(SIZE), "-f", "maria@home.example", "-t", OURS,
                    f"127.0.0.1:{port}"], check=True, stdout=subprocess.DEVNULL)
    return mails / (time.perf_counter() - began)


@contextmanager
def sink() -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen(["smtp-sink", "-u", "postfix", "-c", f"127.0.0.1:{port}", "500"], stdout=subprocess.DEVNULL)
    try:
        await_port(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def hub(folder: Path, relay: int, source: str) -> Iterator[None]:
    config = configured(folder, relay, source)
    command = [str(Path(sys.executable).with_name("okno")), "run", "--config", str(config)]
    with server(command, "openapi", OKNO_DATA=str(folder / "data"), OKNO_LISTEN=f"127.0.0.1:{free_port()}", OKNO_LIMITS="off"):
        yield


def accepted(folder: Path) -> dict[str, float]:
    port, bare = free_port(), free_port()
    listen = f'listen = {{ host = "127.0.0.1", port = {port} }}'
    rates: dict[str, list[float]] = {"bare": [], "hub": [], "sink": []}
    with sink() as relay, sink() as other, server([sys.executable, "-m", "benchmarks.mail_servers", str(bare)], "ready"), \
            hub(folder, relay, listen):
        await_port(port)
        given(port, MAILS // 5)
        for _ in range(ROUNDS):
            for name, target in (("bare", bare), ("hub", port), ("sink", other)):
                rates[name].append(given(target, MAILS))
                print(f"{name}: {rates[name][-1]:,.0f}/s", flush=True)
    ratios = [h / b for h, b in zip(rates["hub"], rates["bare"], strict=True)]
    return {"accepted_per_s": rounded(median(rates["hub"])), "bare_per_s": rounded(median(rates["bare"])),
            "sink_per_s": rounded(median(rates["sink"])), "ratio_to_bare": rounded(median(ratios))}


def letter(number: int) -> bytes:
    return (f"From: Citizen {number} <citizen{number}@home.example>\r\nTo: {OURS}\r\nSubject: Question {number}\r\n"
            f"Message-ID: <{number}.{time.time_ns()}@home.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
            + "Как получить загранпаспорт?\r\n" * 30).encode()


def fetched(folder: Path) -> dict[str, float]:
    password = folder / "password"
    password.write_text(PASSWORD + "\n", encoding="utf8")
    with dovecot() as peer, sink() as relay:
        peer.put(USER, [letter(n) for n in range(FETCHED)])
        box = (f'mailboxes = [{{ host = "127.0.0.1", port = {peer.imap}, tls = "none", user = "{USER}", '
               f'password_file = "{password}" }}]')
        client = IMAPClient("127.0.0.1", peer.imap, ssl=False)
        client.login(USER, PASSWORD)
        client.select_folder("INBOX")
        marks: list[tuple[float, int]] = []
        with hub(folder, relay, box):
            while not marks or marks[-1][1] < FETCHED:
                marks.append((time.perf_counter(), len(client.search(["KEYWORD", "$HubStored"]))))
                time.sleep(0.02)
        client.logout()
    began, first = next(mark for mark in marks if mark[1])
    ended, last = marks[-1]
    return {"fetched_per_s": rounded((last - first) / (ended - began))}


def main() -> None:
    with tempfile.TemporaryDirectory(dir="var" if Path("var").is_dir() else None) as name:
        folder = Path(name)
        disk = fdatasyncs_per_s(folder)
        for part in ("smtp", "imap"):
            (folder / part).mkdir()
        figures = accepted(folder / "smtp") | fetched(folder / "imap")
        report("mail", figures | {"fdatasync_per_s": rounded(disk)}, GOALS)


if __name__ == "__main__":
    main()
