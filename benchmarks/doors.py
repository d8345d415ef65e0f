"""What comes by HTTP: signed webhooks, a provider's SMS and filled-in forms, each acknowledged after its commit on the disk.

The yardstick is a bare aiohttp + uvloop handler that reads a body and keeps nothing, in the same run and in alternating rounds. Each
server has its own process, the client a third; every connection sends its next request when the last was answered.
"""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

import uvloop

from benchmarks.chat import articles_alone, server
from benchmarks.report import fdatasyncs_per_s, report, rounded
from channels.web.appeal import new_code
from tests.peers.ports import free_ports

CONNECTIONS, ROUND_S, ROUNDS = 50, 1.5, 4
KEY, SECRET = bytes(range(32)), "benchmark"
QUESTION = "Как получить загранпаспорт?"
GOALS = ["hook_per_s >= 200", "sms_per_s >= 200", "form_per_s >= 200"]
CHANNELS = """driver = "web.form"

[[channels]]
driver = "web.hook"
settings = {{ url = "http://127.0.0.1:{sink}/", secrets = ["{hook}"] }}

[[channels]]
driver = "sms.http"
[channels.settings]
source = "GOROD"
secret_file = "{sms}"
secret_header = "X-Secret"
outgoing = {{ url = "http://127.0.0.1:{sink}/", fields = {{ to = "{{to}}", text = "{{text}}" }} }}

[log]
level = "error"
"""

Make = Callable[[int], bytes]
"""The bytes of a request, by its number."""


def posted(path: str, body: bytes, *headers: str) -> bytes:
    lines = (f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def bare(number: int) -> bytes:
    return posted("/", json.dumps({"from": str(number), "text": QUESTION}).encode(), "Content-Type: application/json")


def hook(number: int) -> bytes:
    """Each from another citizen, so that each opens a conversation."""
    body, at = json.dumps({"from": str(number), "text": QUESTION}).encode(), int(time.time())
    digest = hmac.digest(KEY, f"m{number}.{at}.".encode() + body, hashlib.sha256)
    return posted("/hook/messages", body, f"webhook-id: m{number}", f"webhook-timestamp: {at}",
                  f"webhook-signature: v1,{base64.b64encode(digest).decode()}")


def sms(number: int) -> bytes:
    body = json.dumps({"from": f"7916{number:07d}", "id": str(number), "text": QUESTION}).encode()
    return posted("/sms/http", body, "Content-Type: application/json", f"X-Secret: {SECRET}")


def form(number: int) -> bytes:
    del number
    fields = {"key": new_code(), "text": QUESTION, "consent": "1", "lang": "ru", "reply": "look"}
    part = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = "".join(part.format(name, value) for name, value in fields.items()) + "--x--\r\n"
    return posted("/form", body.encode(), "Content-Type: multipart/form-data; boundary=x")


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    """Raises ValueError for an answer that is neither 200 nor 303."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").lower()
    length = next(int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:"))
    body = await reader.readexactly(length)
    if head.split()[1] not in {"200", "303"}:
        raise ValueError(head + body.decode())


async def closed_loop(port: int, make: Make, numbers: "itertools.count[int]", seconds: float) -> tuple[float, list[float]]:
    """Requests answered a second, and how long each took."""
    waits: list[float] = []
    end = time.perf_counter() + seconds

    async def talk() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (began := time.perf_counter()) < end:
            await ask(reader, writer, make(next(numbers)))
            waits.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(talk() for _ in range(CONNECTIONS)))
    return len(waits) / seconds, waits


async def measure(yardstick: int, hub: int) -> dict[str, float]:
    kinds: dict[str, tuple[int, Make]] = {"bare": (yardstick, bare), "hook": (hub, hook), "sms": (hub, sms), "form": (hub, form)}
    rates: dict[str, list[float]] = {name: [] for name in kinds}
    waits: dict[str, list[float]] = {name: [] for name in kinds}
    numbers = itertools.count(1)
    for _ in range(ROUNDS):
        for name, (port, make) in kinds.items():
            rate, waited = await closed_loop(port, make, numbers, ROUND_S)
            rates[name].append(rate)
            waits[name] += waited
            print(f"{name}: {rate:,.0f}/s", flush=True)
    figures = {f"{name}_per_s": rounded(median(rates[name])) for name in kinds}
    figures |= {f"{name}_p99_ms": rounded(quantiles(waits[name], n=100)[98] * 1000) for name in kinds}
    ratios = {name: [r / b for r, b in zip(rates[name], rates["bare"], strict=True)] for name in kinds if name != "bare"}
    return figures | {f"{name}_ratio_to_bare": rounded(median(each)) for name, each in ratios.items()}


def configured(folder: Path, sink: int) -> Path:
    (folder / "hook").write_text("whsec_" + base64.b64encode(KEY).decode(), encoding="utf8")
    (folder / "sms").write_text(SECRET, encoding="utf8")
    config = folder / "okno.toml"
    told = CHANNELS.format(sink=sink, hook=folder / "hook", sms=folder / "sms")
    config.write_text(articles_alone().replace('driver = "web.chat"', told, 1), encoding="utf8")
    return config


def main() -> None:
    with tempfile.TemporaryDirectory(dir="var" if Path("var").is_dir() else None) as name:
        folder = Path(name).resolve()
        disk = fdatasyncs_per_s(folder)
        yardstick, sink, hub = free_ports(3)
        okno = [str(Path(sys.executable).with_name("okno")), "run", "--config", str(configured(folder, sink))]
        echo = [sys.executable, "-m", "benchmarks.echo_server"]
        with server([*echo, str(yardstick)], "ready"), server([*echo, str(sink)], "ready"), \
                server(okno, "openapi", OKNO_DATA=str(folder / "data"), OKNO_LISTEN=f"127.0.0.1:{hub}", OKNO_LIMITS="off"):
            figures = uvloop.run(measure(yardstick, hub))
        report("doors", figures | {"fdatasync_per_s": rounded(disk)}, GOALS)


if __name__ == "__main__":
    main()
