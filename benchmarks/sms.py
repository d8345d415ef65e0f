"""SMS over SMPP: what a session submits and takes in a second, beside smpplib's own client and Kannel, at one SMSC in one run.

The SMSC is node-smpp in a process of its own and answers at once. Each side has one session, a window of 50 and the same text,
and encodes every message anew. Rounds alternate, so that a change of the machine's speed meets all of them.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import threading
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median

import smpplib.client  # type: ignore[import-untyped]  # it has no types
import uvloop
from smpplib import consts, gsm

from benchmarks.report import fdatasyncs_per_s, report, rounded
from channels.sms.numbers import dialled, origin
from channels.sms.parts import Concatenation, cut
from channels.sms.pdu import Command, Header, Sm, Status, Submit, submit_body
from channels.sms.session import Session, SmscEndpoint, bound
from tests.peers.ports import free_ports
from tests.peers.smsc import Peer, node_smsc

TEXT = "Здравствуйте, заявление готово"
FROM, TO = "7788", "+79161234567"
WINDOW, ROUNDS = 50, 5
SUBMITTED, DELIVERED, HUB_DELIVERED = 15_000, 10_000, 2_000
KANNEL_SUBMITTED = 5_000
"""In a round; each is long enough to be steady."""
CONNECTIONS = 20
"""On which Kannel is asked, with one request under way on each."""
SYSTEM, PASSWORD = "okno", "secret"
INCOMING: dict[str, object] = {
    "destination_addr": FROM, "data_coding": 8, "short_message": {"hex": TEXT.encode("utf-16-be").hex()}}
GOALS = ["submit_to_smpplib >= 1.2", "submit_to_kannel >= 2.5"]

Round = Callable[[], Awaitable[float]]


async def timed(work: Awaitable[object], count: int) -> float:
    """How many a second."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await work
    return count / (loop.time() - began)


# Okno's session.

def acknowledge(session: Session, header: Header, sm: Sm) -> None:
    del sm
    session.answer(header, Status.OK)


async def okno_session(port: int) -> Session:
    return await bound(SmscEndpoint("127.0.0.1", port, SYSTEM, PASSWORD, "", Command.BIND_TRANSCEIVER, WINDOW, 30, 10, None), acknowledge)


async def okno_submits(session: Session, count: int) -> None:
    """As the driver does it; each of so many senders has one message under way, so that the window is full and no more waits."""
    source, destination, numbers = origin(FROM), dialled(TO), iter(range(1, count + 1))

    async def sender() -> None:
        for n in numbers:
            [part] = cut(TEXT, Concatenation.UDH8, n)
            await session.submit(submit_body(Submit(
                *source, *destination, part.esm_class, part.data_coding, part.content, n % 0xFFFF + 1, part.sar)))

    await asyncio.gather(*(sender() for _ in range(WINDOW)))


# smpplib's client, in a thread of its own.

class Smpplib:
    """It sends while the window has room and then reads one answer: quicker than with a second thread that reads."""

    def __init__(self, port: int) -> None:
        self.answered, self._reading = 0, True
        self._client = client = smpplib.client.Client("127.0.0.1", port, timeout=30, allow_unknown_opt_params=True)
        client.set_message_sent_handler(self._sent)
        client.set_message_received_handler(lambda pdu: consts.SMPP_ESME_ROK)  # noqa: ARG005 - it is given by name
        client.connect()
        client.bind_transceiver(system_id=SYSTEM, password=PASSWORD)

    def _sent(self, pdu: object) -> None:
        del pdu
        self.answered += 1

    def submit(self, count: int) -> None:
        sent, self.answered = 0, 0
        while self.answered < count:
            while sent < count and sent - self.answered < WINDOW:
                parts, coding, esm_class = gsm.make_parts(TEXT)
                for part in parts:
                    self._client.send_message(
                        source_addr_ton=0, source_addr_npi=1, source_addr=FROM, dest_addr_ton=1, dest_addr_npi=1, destination_addr=TO[1:],
                        esm_class=esm_class, data_coding=coding, short_message=part, registered_delivery=True)
                sent += 1
            self._client.read_once()

    def listen(self) -> None:
        """Take messages until `stop`."""
        while self._reading:
            self._client.read_once()

    def stop(self) -> None:
        """After the next PDU."""
        self._reading = False

    def close(self) -> None:
        self._client.unbind()
        self._client.disconnect()


# Kannel: HTTP → smsbox → bearerbox → SMPP.

def kannel_configuration(smsc: int, admin: int, box: int, http: int) -> str:
    return f"""
group = core
admin-port = {admin}
admin-password = bar
admin-interface = 127.0.0.1
smsbox-port = {box}
box-allow-ip = "127.0.0.1"
store-type = file
store-location = kannel.store
log-file = bearerbox.log
log-level = 3

group = smsc
smsc = smpp
smsc-id = node
host = 127.0.0.1
port = {smsc}
transceiver-mode = true
smsc-username = {SYSTEM}
smsc-password = {PASSWORD}
system-type = ""
interface-version = 34
max-pending-submits = {WINDOW}
enquire-link-interval = 30

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {http}
sendsms-interface = 127.0.0.1
log-file = smsbox.log
log-level = 3
global-sender = {FROM}

group = sendsms-user
username = u
password = p
max-messages = 10
concatenation = true

group = sms-service
keyword = default
catch-all = true
text = "no reply"
max-messages = 0
"""


@asynccontextmanager
async def kannel(peer: Peer) -> AsyncIterator[int]:
    """The port of its HTTP interface; it is bound to the SMSC."""
    admin, box, http = free_ports(3)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "kannel.conf").write_text(kannel_configuration(peer.port, admin, box, http), encoding="utf8")
        async with running("bearerbox", "kannel.conf", cwd=folder):
            await peer.hear("bound")
            async with running("smsbox", "kannel.conf", cwd=folder):
                await listening(http)
                yield http


@asynccontextmanager
async def running(*command: str, cwd: str | None = None, env: dict[str, str] | None = None) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL, cwd=cwd, env=env)
    try:
        yield
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 20)


async def listening(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def kannel_submits(http: int, peer: Peer, count: int) -> None:
    """Ask over kept connections, as lightly as that can be done, until the SMSC has got them all."""
    text = TEXT.encode("utf-16-be")
    request = (f"GET /cgi-bin/sendsms?username=u&password=p&to=%2B{TO[1:]}&coding=2&charset=UTF-16BE&text="
               f"{''.join(f'%{octet:02X}' for octet in text)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").encode()
    peer.tell("count")
    before = (await peer.hear("count"))["submitted"]
    left = iter(range(count))

    async def asker() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", http)
        for _ in left:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 202 " in head.partition(b"\r\n")[0], head
            length = next(int(line.partition(b":")[2]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
            await reader.readexactly(length)
        writer.close()

    await asyncio.gather(*(asker() for _ in range(CONNECTIONS)))
    peer.tell("until", count=before + count)
    await peer.hear("reached")


# The hub, whole: each message is acknowledged when it is on the disk.

@asynccontextmanager
async def hub(peer: Peer, folder: str) -> AsyncIterator[None]:
    password = Path(folder) / "smsc.password"
    password.write_text(PASSWORD, encoding="utf8")
    config = Path(folder) / "okno.toml"
    config.write_text(f"""
queues = [{{ id = "general", title = "Общие вопросы" }}]
topics = [{{ id = "other", title = "Другое" }}]
[[channels]]
driver = "sms.smpp"
[[channels.settings.smscs]]
name = "node"
host = "127.0.0.1"
port = {peer.port}
system_id = "{SYSTEM}"
password_file = "{password}"
source = "{FROM}"
window = {WINDOW}
""", encoding="utf8")
    okno = str(Path(sys.executable).with_name("okno"))
    environment = os.environ | {"OKNO_DATA": folder, "OKNO_LISTEN": f"127.0.0.1:{free_ports(1)[0]}", "OKNO_LIMITS": "off"}
    async with running(okno, "run", "--config", str(config), env=environment):
        await peer.hear("bound")
        yield


async def burst(peer: Peer, count: int, window: int) -> float:
    """The SMSC brings so many messages, each of somebody else: how many a second it has acknowledged."""
    peer.tell("burst", count=count, window=window, pdu=INCOMING)
    told = await peer.hear("burst")
    assert told["failed"] == 0
    return float(count / told["seconds"])


async def measure(folder: str) -> dict[str, float]:
    rounds: dict[str, list[tuple[str, Round]]] = {"submit": [], "deliver": []}
    async with AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(node_smsc("--quiet")) for _ in range(4)]
        session = await okno_session(peers[0].port)
        stack.push_async_callback(session.unbind)
        rounds["submit"].append(("okno", lambda: timed(okno_submits(session, SUBMITTED), SUBMITTED)))
        rounds["deliver"].append(("okno", lambda: burst(peers[0], DELIVERED, WINDOW)))
        client = await asyncio.to_thread(Smpplib, peers[1].port)
        rounds["submit"].append(("smpplib", lambda: timed(asyncio.to_thread(client.submit, SUBMITTED), SUBMITTED)))
        rounds["deliver"].append(("smpplib", lambda: listened(client, peers[1])))
        if shutil.which("bearerbox") and shutil.which("smsbox"):
            http = await stack.enter_async_context(kannel(peers[2]))
            rounds["submit"].append(("kannel", lambda: timed(kannel_submits(http, peers[2], KANNEL_SUBMITTED), KANNEL_SUBMITTED)))
            rounds["deliver"].append(("kannel", lambda: burst(peers[2], DELIVERED, WINDOW)))
        else:
            print("sms: no Kannel here, so nothing is said about it", file=sys.stderr)
        await stack.enter_async_context(hub(peers[3], folder))
        rounds["deliver"].append(("hub", lambda: burst(peers[3], HUB_DELIVERED, WINDOW)))
        figures: dict[str, float] = {}
        for kind, sides in rounds.items():
            figures |= await alternate(kind, sides)
        await asyncio.to_thread(client.close)
    return figures


async def listened(client: Smpplib, peer: Peer) -> float:
    """The client's own loop while the SMSC brings messages."""
    client._reading = True  # noqa: SLF001 - the same client, once more
    thread = threading.Thread(target=client.listen)
    thread.start()
    rate = await burst(peer, DELIVERED, WINDOW)
    client.stop()
    peer.tell("enquire")  # the PDU after which it looks
    await asyncio.to_thread(thread.join)
    return rate


async def alternate(kind: str, sides: list[tuple[str, Round]]) -> dict[str, float]:
    rates: dict[str, list[float]] = {name: [] for name, _ in sides}
    for each in range(ROUNDS + 1):
        for name, round_ in sides:
            rate = await round_()
            if each:  # the first warms up
                rates[name].append(rate)
                print(f"{kind} {name}: {rate:,.0f}/s", flush=True)
    figures = {f"{name}_{kind}_per_s": rounded(median(found)) for name, found in rates.items()}
    ratios = {
        f"{kind}_to_{name}": rounded(median([o / t for o, t in zip(rates["okno"], found, strict=True)]))
        for name, found in rates.items() if name in {"smpplib", "kannel"}}
    return figures | ratios


def main() -> None:
    with tempfile.TemporaryDirectory(dir="var" if Path("var").is_dir() else None) as folder:
        disk = fdatasyncs_per_s(Path(folder))
        figures = uvloop.run(measure(folder))
    report("sms", figures | {"fdatasync_per_s": rounded(disk)}, GOALS)


if __name__ == "__main__":
    main()
