"""E-mail: accepted by SMTP and fetched by IMAP, each mail on the disk before it is acknowledged.

SMTP is measured with Postfix' smtp-source over ten connections against a bare aiosmtpd that keeps nothing, in the same run and in
alternating rounds; Postfix' smtp-sink, in C, stands beside them for information. IMAP is fetched from a real Dovecot.
django-helpdesk makes tickets of mails in a folder, if it can be fetched.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.header import Header
from pathlib import Path
from statistics import median

from imapclient import IMAPClient

from benchmarks.chat import server
from benchmarks.report import fdatasyncs_per_s, report, rounded
from tests.peers.dovecot import PASSWORD, dovecot
from tests.peers.ports import await_port, free_ports

CONNECTIONS, SIZE, MAILS, ROUNDS = 10, 2048, 1000, 5
FETCHED = 5000
HELPDESK, TICKETS = "django-helpdesk==2.6.1", 300
OURS, USER = "ask@centre.example", "ask"
GOALS = ["ratio_to_bare >= 0.6", "fetched_per_s >= 1000"]
SERVERS = [sys.executable, "-m", "benchmarks.mail_servers"]


def write_settings(folder: Path, **source: object) -> None:
    (folder / "key").write_text("benchmark\n", encoding="utf8")
    settings = {"domain": "centre.example", "address": OURS, "key_file": str(folder / "key"),
                "relay": {"host": "127.0.0.1", "port": 1, "tls": "none"}} | source
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf8")


def given(port: int, mails: int, *, kept: bool) -> float:
    """Mails a second that are answered with 250; each has a connection of its own, or ten are kept for all."""
    began = time.perf_counter()
    subprocess.run(["smtp-source", *(["-d"] if kept else []), "-s", str(CONNECTIONS), "-m", str(mails), "-l", str(SIZE),
                    "-f", "maria@home.example", "-t", OURS, f"127.0.0.1:{port}"], check=True, stdout=subprocess.DEVNULL)
    return mails / (time.perf_counter() - began)


@contextmanager
def sink() -> Iterator[int]:
    (port,) = free_ports(1)
    process = subprocess.Popen(["smtp-sink", "-u", "postfix", "-c", f"127.0.0.1:{port}", "500"], stdout=subprocess.DEVNULL)
    try:
        await_port(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def accepted(folder: Path) -> dict[str, float]:
    port, bare = free_ports(2)
    write_settings(folder, listen={"host": "127.0.0.1", "port": port})
    with sink() as other, server([*SERVERS, "bare", str(bare)], "ready"), server([*SERVERS, "hub", str(folder)], "ready"):
        await_port(port)
        doors = {"bare": bare, "hub": port, "sink": other}
        each, kept = rounds(doors, kept=False), rounds(doors, kept=True)
    return {
        "accepted_per_s": median_of(each["hub"]), "bare_per_s": median_of(each["bare"]), "sink_per_s": median_of(each["sink"]),
        "ratio_to_bare": ratio(each), "kept_accepted_per_s": median_of(kept["hub"]), "kept_bare_per_s": median_of(kept["bare"]),
        "kept_ratio_to_bare": ratio(kept)}


def rounds(doors: dict[str, int], *, kept: bool) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {name: [] for name in doors}
    for door in doors.values():
        given(door, MAILS // 5, kept=kept)
    for _ in range(ROUNDS):
        for name, door in doors.items():
            rates[name].append(given(door, MAILS, kept=kept))
        print(", ".join(f"{name} {rate[-1]:,.0f}/s" for name, rate in rates.items()), flush=True)
    return rates


def median_of(rates: list[float]) -> float:
    return rounded(median(rates))


def ratio(rates: dict[str, list[float]]) -> float:
    return rounded(median(h / b for h, b in zip(rates["hub"], rates["bare"], strict=True)))


def letter(number: int) -> bytes:
    head = (f"From: <citizen{number}@home.example>\r\nTo: {OURS}\r\nSubject: {Header(f'Вопрос {number}', 'utf-8').encode()}\r\n"
            f"Message-ID: <{number}.{time.time_ns()}@home.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")
    return (head + "Как получить загранпаспорт?\r\n" * 30).encode()


def fetched(folder: Path) -> dict[str, float]:
    """From the first mail that is marked to the last."""
    (folder / "password").write_text(PASSWORD + "\n", encoding="utf8")
    with dovecot() as peer:
        peer.put(USER, [letter(n) for n in range(FETCHED)])
        box = {"host": "127.0.0.1", "port": peer.imap, "tls": "none", "user": USER, "password_file": str(folder / "password")}
        write_settings(folder, mailboxes=[box])
        client = IMAPClient("127.0.0.1", peer.imap, ssl=False)
        client.login(USER, PASSWORD)
        client.select_folder("INBOX")
        marks = [(time.perf_counter(), 0)]
        with server([*SERVERS, "hub", str(folder)], "ready"):
            while marks[-1][1] < FETCHED:
                time.sleep(0.05)
                marks.append((time.perf_counter(), len(client.search(["KEYWORD", "$HubStored"]))))
        client.logout()
    began, first = next(mark for mark in marks if mark[1])
    ended, last = marks[-1]
    return {"fetched_per_s": rounded((last - first) / (ended - began))}


def helpdesk(folder: Path) -> dict[str, float]:
    """django-helpdesk's figure, where uv can fetch it; it is no part of ours."""
    command = [str(Path(sys.executable).with_name("uv")), "run", "--quiet", "--no-project", "--isolated", "--python", sys.executable,
               "--with", HELPDESK, "python", "-m", "benchmarks.helpdesk", str(folder), str(TICKETS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"without django-helpdesk: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return {}
    return {"helpdesk_per_s": rounded(json.loads(done.stdout.splitlines()[-1])["per_s"])}


def main() -> None:
    with tempfile.TemporaryDirectory(dir="var" if Path("var").is_dir() else None) as name:
        folder = Path(name)
        disk = fdatasyncs_per_s(folder)
        for part in ("smtp", "imap"):
            (folder / part).mkdir()
        figures = accepted(folder / "smtp") | fetched(folder / "imap") | helpdesk(folder / "helpdesk")
        report("mail", figures | {"fdatasync_per_s": rounded(disk)}, GOALS)


if __name__ == "__main__":
    main()
