"""TLS of the hub's own: what is spoken, what is refused, and certificates that are renewed while people talk (SE-01)."""

import asyncio
import signal
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession
from cryptography import x509

from tests.house import House, People, people
from tests.peers.authority import Authority, put
from tests.peers.ports import free_ports
from tests.storage.data import eventually

CENTRE = """queues = [{{ id = "general", title = "Общие" }}]
topics = [{{ id = "other", title = "Другое" }}]
listen = {{ certificate = "cert.pem", key = "key.pem", redirect_port = {port} }}
"""


class Station:
    """A hub that is reached by https, with whoever issues its certificates."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.authority = folder, Authority(folder)
        self.plain, = free_ports(1)
        config = folder / "centre.toml"
        config.write_text(CENTRE.format(port=self.plain), encoding="utf8")
        self.house = House(folder, config)
        self.house.trust = ssl.create_default_context(cafile=self.authority.file)

    def issue(self, ends: timedelta = timedelta(days=90)) -> int:
        return self.authority.issue(self.folder, ends)

    async def shown(self) -> int:
        """The number of the certificate that whoever connects now is shown."""
        host, _, port = self.house.listen.partition(":")
        _, writer = await asyncio.open_connection(host, int(port), ssl=self.house.trust)
        content = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        return x509.load_der_x509_certificate(content).serial_number

    def spoken(self, *options: str) -> "subprocess.CompletedProcess[bytes]":
        """What OpenSSL's own client gets."""
        return subprocess.run(["openssl", "s_client", "-brief", "-verify_return_error", "-CAfile", str(self.authority.file), "-connect",
                               self.house.listen, *options], input=b"", capture_output=True, timeout=20, check=False)

    async def metric(self, present: People, name: str) -> float:
        async with present.http.get(f"{self.house.base}/metrics") as answer:
            line = next(line for line in (await answer.text()).splitlines() if line.startswith(f'okno_certificate_{name}{{listener="https"}}'))
        return float(line.rpartition(" ")[2])


@pytest.fixture
async def station(tmp_path: Path) -> AsyncIterator[Station]:
    station = Station(tmp_path)
    station.issue()
    try:
        station.house.start()
        yield station
    finally:
        station.house.kill()


@pytest.fixture
async def present(station: Station) -> AsyncIterator[People]:
    async with people(station.house) as present:
        yield present


@pytest.mark.peers
def test_only_good_tls_is_spoken(station: Station) -> None:
    # SE-01, RFC 9325
    assert b"TLSv1.3" in station.spoken().stderr
    assert b"ECDHE-ECDSA-AES256-GCM-SHA384" in station.spoken("-tls1_2").stderr
    for options in (("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"), ("-tls1_2", "-cipher", "AES128-SHA")):
        refused = station.spoken(*options, "-msg")
        # This OpenSSL would have spoken it: it greets, and the hub hangs up.
        assert (refused.returncode, b"ClientHello" in refused.stdout, b"ServerHello" in refused.stdout) == (1, True, False), refused


async def test_whoever_comes_by_https_stays_there(station: Station, present: People) -> None:
    async with present.http.get(f"{station.house.base}/desk/") as answer:
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    clerk = await present.admin()
    (cookie,) = clerk.http.cookie_jar
    assert (cookie.key, cookie["secure"]) == ("__Host-okno", True)


async def test_plain_http_is_sent_on(station: Station, present: People) -> None:
    plain = f"http://localhost:{station.plain}"
    async with present.http.get(f"{plain}/form?lang=tt&a=b", allow_redirects=False) as answer:
        port = station.house.listen.partition(":")[2]
        # In this test the hub's port is whatever was free, which the configuration does not know.
        assert (answer.status, answer.headers["Location"].replace(":0/", f":{port}/")) == (308, f"https://localhost:{port}/form?lang=tt&a=b")
    async with present.http.post(f"{plain}/api/session", json={"login": "admin", "password": "in clear"}) as answer:
        assert answer.status == 403
    for path in ("/api/me", "/scim/v2/Users", "/chat/session?token=x", "/metrics"):
        async with present.http.get(f"{plain}{path}", allow_redirects=False) as answer:
            assert answer.status == 403, path
    async with present.http.get(plain, headers={"Host": "a:b"}, allow_redirects=False) as answer:
        assert answer.status == 400


async def test_a_renewed_certificate_is_used_at_once_and_nobody_is_hung_up_on(station: Station, present: People) -> None:
    citizen = await present.citizen()
    for _ in range(3):
        renewed = station.issue()
        assert await station.shown() == renewed
    await citizen.tell("я всё ещё здесь")
    assert station.house.complaints() == []


async def test_links_that_are_swapped(station: Station) -> None:
    # As Kubernetes does with a secret: the files are links through ..data, which is swapped at once.
    numbers = {}
    for version in ("first", "second"):
        (station.folder / version).mkdir()
        numbers[version] = station.authority.issue(station.folder / version)
    for version in ("first", "second"):
        (station.folder / "..new").symlink_to(version)
        (station.folder / "..new").rename(station.folder / "..data")
        if version == "first":
            for name in ("cert.pem", "key.pem"):
                (station.folder / name).unlink()
                (station.folder / name).symlink_to(f"..data/{name}")
        assert await station.shown() == numbers[version]


async def test_renewals_under_traffic(station: Station) -> None:
    """Each handshake meets whatever lies there: the old pair, the new one, or half of both."""
    asked, over = 0, asyncio.Event()

    async def ask() -> None:
        nonlocal asked
        while not over.is_set():
            async with ClientSession(connector=station.house.way()) as http, http.get(f"{station.house.base}/healthz") as answer:
                assert answer.status == 200
                asked += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(ask())
        for _ in range(20):
            renewed = await asyncio.to_thread(station.issue)
            assert await station.shown() == renewed
        over.set()
    assert asked > 20


async def test_a_pair_that_is_no_good_is_told_and_the_old_one_goes_on(station: Station, present: People) -> None:
    good = station.issue()
    admin = await present.admin()
    content = (station.folder / "cert.pem").read_bytes()
    other = Authority(station.folder / "data")
    other.issue(station.folder / "data")
    bad = {
        "is not the certificate's": ("key.pem", (station.folder / "data" / "key.pem").read_bytes()),
        "no certificate in PEM": ("cert.pem", content[:200]),
        "no key in PEM": ("key.pem", b"not a key"),
    }
    for why, (name, wrong) in bad.items():
        right = (station.folder / name).read_bytes()
        put(station.folder / name, wrong)
        assert await station.shown() == good
        assert await station.metric(present, "refused") == 1
        row = next(each for each in await admin.does("GET", "/api/channels") if each["channel"] == "https")
        assert (row["up"], why in row["error"], why in row["words"]) == (True, True, True), row
        put(station.folder / name, right)
        assert await station.shown() == good
        assert await station.metric(present, "refused") == 0
    (station.folder / "key.pem").unlink()
    assert await station.shown() == good
    station.issue(timedelta(days=-1))
    assert await station.shown() == good  # one whose term is over takes the place of none that is good
    row = next(each for each in await admin.does("GET", "/api/channels") if each["channel"] == "https")
    assert "its term ended" in row["error"]
    renewed = station.issue()
    assert await station.shown() == renewed
    row = next(each for each in await admin.does("GET", "/api/channels") if each["channel"] == "https")
    assert (row["error"], row["words"][:13]) == ("", "сертификат до")
    assert 89 < (await station.metric(present, "expiry_timestamp_seconds") - time.time()) / 86400 < 90


async def test_a_signal_has_the_certificate_looked_at(station: Station, present: People) -> None:
    citizen = await present.citizen()
    station.issue()
    station.house.tell(signal.SIGHUP)

    async def used() -> bool:
        return "new TLS certificate loaded" in station.house.log.read_text(encoding="utf8")
    await eventually(used)
    await citizen.tell("меня не прервали")


def test_check_tells_how_the_certificate_is(tmp_path: Path) -> None:
    station = Station(tmp_path)
    station.issue()
    said = station.house.run("check").stdout
    assert "✓ certificate: https, localhost, 127.0.0.1, until" in said
    assert "read the key" not in said
    (tmp_path / "key.pem").chmod(0o644)
    assert "everybody on this machine can read the key" in station.house.run("check").stdout
    station.issue(timedelta(days=3))
    assert "2 days are left" in station.house.run("check").stdout
    station.issue(timedelta(days=-3))
    assert "✗ certificate" in station.house.run("check").stdout
    put(tmp_path / "key.pem", b"not a key")
    said = station.house.run("check")
    assert (said.returncode, "no key in PEM" in said.stderr) == (1, True), said.stderr
    (tmp_path / "key.pem").unlink()
    assert "key.pem: No such file" in station.house.run("check").stderr
