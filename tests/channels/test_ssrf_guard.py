"""Addresses that strangers name lead out of the house: with a real name server, a real web server, and one of the house's own beside it.

127.0.0.2 stands for the open web, which the setting permits; 127.0.0.1 is the house, which must never hear of it.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from ipaddress import ip_address
from socket import AF_INET, AF_UNSPEC, AddressFamily
from typing import Any

import aiohttp
import dns.asyncresolver
import dns.flags
import dns.message
import dns.rrset
import msgspec
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from channels.messenger.fetch import Fetcher
from channels.messenger.updates import RemoteFile
from channels.ssrf_guard import connector, is_inside, networks
from hub.conversations.message import Attachment
from hub.kernel.public_networks import is_public
from tests.peers.ports import free_ports
from tests.rig import Drawer

OUT, HOUSE = "127.0.0.2", "127.0.0.1"
PERMITTED = networks([f"{OUT}/32"])


class NameServer(asyncio.DatagramProtocol):
    """Answers each name with its next address; the last one stays."""

    def __init__(self) -> None:
        self.addresses: dict[str, list[str]] = {}
        self.asked: defaultdict[str, int] = defaultdict(int)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text(omit_final_dot=True)
        known = self.addresses[name]
        self.asked[name] += 1
        answer = dns.message.make_response(query)
        answer.answer.append(dns.rrset.from_text(query.question[0].name, 0, "IN", "A", known.pop(0) if len(known) > 1 else known[0]))
        self._transport.sendto(answer.to_wire(), addr)


class ByName(AbstractResolver):
    """Asks the name server, as a machine's own resolver does."""

    def __init__(self, port: int) -> None:
        self._dns = dns.asyncresolver.Resolver(configure=False)
        self._dns.nameservers, self._dns.port = [HOUSE], port

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_UNSPEC) -> list[ResolveResult]:
        found = await self._dns.resolve(host, "A")
        return [ResolveResult(hostname=host, host=each.to_text(), port=port, family=AF_INET, proto=0, flags=0) for each in found]

    async def close(self) -> None:
        pass


class World:
    """Everything that a link may lead to; `reached` tells who asked the house's own server for something."""

    def __init__(self) -> None:
        self.names, self.reached, self.leads = NameServer(), list[str](), ""

    async def answer(self, request: web.Request) -> web.Response:
        if request.transport and request.transport.get_extra_info("sockname")[0] == HOUSE:
            self.reached.append(request.path)
        if request.path == "/leads":
            raise web.HTTPFound(self.leads)
        return web.Response(body=b"a file")

    async def get(self, url: str) -> bytes:
        async with aiohttp.ClientSession(connector=connector(PERMITTED, resolver=ByName(self.dns))) as http, http.get(url) as answer:
            return await answer.read()

    async def refuses(self, url: str) -> bool:
        """Whether nothing was connected to, for the address's sake."""
        with pytest.raises(aiohttp.ClientError) as refusal:
            await self.get(url)
        return is_inside(refusal.value) and not self.reached


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    application = web.Application()
    application.router.add_get("/{path:.*}", world.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    world.port, = free_ports(1)
    for host in (OUT, HOUSE):
        await web.TCPSite(runner, host, world.port).start()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: world.names, (HOUSE, 0))
    world.dns = transport.get_extra_info("sockname")[1]
    yield world
    transport.close()
    await runner.cleanup()


async def test_a_name_is_judged_by_what_it_resolves_to(world: World) -> None:
    # SE-02
    world.names.addresses = {"files.test": [OUT], "evil.test": [HOUSE]}
    assert await world.get(f"http://files.test:{world.port}/a") == b"a file"
    assert await world.refuses(f"http://evil.test:{world.port}/a")


async def test_a_name_that_leads_elsewhere_a_moment_later_gains_nothing(world: World) -> None:
    # SE-02: DNS rebinding
    world.names.addresses = {"rebind.test": [OUT, HOUSE]}
    assert await world.get(f"http://rebind.test:{world.port}/a") == b"a file"
    assert await world.refuses(f"http://rebind.test:{world.port}/a")
    assert world.names.asked["rebind.test"] == 2


async def test_a_redirect_is_judged_too(world: World) -> None:
    # SE-02
    world.names.addresses = {"files.test": [OUT], "evil.test": [HOUSE]}
    for leads in (f"http://{HOUSE}:{world.port}/a", f"http://evil.test:{world.port}/a", f"http://[::ffff:{HOUSE}]:{world.port}/a"):
        world.leads = leads
        assert await world.refuses(f"http://files.test:{world.port}/leads")
    world.leads = f"http://files.test:{world.port}/b"
    assert await world.get(f"http://files.test:{world.port}/leads") == b"a file"


@pytest.mark.parametrize("host", [
    HOUSE, "[::1]", f"[::ffff:{HOUSE}]", "0.0.0.0", "[::]", f"files.test@{HOUSE}", f"files.test:80@{HOUSE}", f"{HOUSE}#@files.test",
    "169.254.169.254", "10.0.0.1", "100.64.0.1", "[fe80::1]", "[fd00:ec2::254]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"])
async def test_no_writing_of_an_address_leads_inside(world: World, host: str) -> None:
    # SE-02
    world.names.addresses = {"files.test": [OUT]}
    url = host.replace("#", f":{world.port}/#") if "#" in host else f"{host}:{world.port}/a"
    assert await world.refuses(f"http://{url}")


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "017700000001", "127.1", "0177.0.0.1", "0x7f.0.0.1"])
async def test_numbers_that_are_no_plain_address_are_none(world: World, host: str) -> None:
    # SE-02: the system's own resolver would take each of them for 127.0.0.1
    async with aiohttp.ClientSession(connector=connector(PERMITTED)) as http:
        with pytest.raises(aiohttp.ClientError):
            await http.get(f"http://{host}:{world.port}/a")
    assert world.reached == []


async def test_only_the_webs_own_ports_are_taken_of_an_address_that_nobody_has_permitted(world: World) -> None:
    # SE-02: a public address of our own may have a database beside its web server
    world.names.addresses = {"files.test": ["93.184.215.14"]}
    assert await world.refuses(f"http://files.test:{world.port}/a")


async def test_a_file_that_lies_inside_is_told_in_words_and_asked_for_once(world: World) -> None:
    # SE-02
    fetcher = Fetcher(Drawer(), 100, PERMITTED)
    found, missing = await fetcher.fetched([RemoteFile(f"http://{HOUSE}:{world.port}/a", "Справка.pdf", "Файл"),
                                            RemoteFile(f"http://{OUT}:{world.port}/a", "Паспорт.pdf", "Файл")])
    await fetcher.close()
    assert missing == ["[Файл «Справка.pdf»: файл не получен, ссылка ведёт во внутреннюю сеть]"]
    assert [type(each) for each in found] == [Attachment]
    assert world.reached == []


@pytest.mark.parametrize(("address", "public"), [
    ("93.184.215.14", True), ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True), ("192.0.0.192", False), ("198.18.0.1", False),
    ("224.0.0.1", False), ("255.255.255.255", False), ("::127.0.0.1", False), ("fec0::1", False), ("2001:db8::1", False)])
def test_what_the_open_network_is(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


def test_a_network_that_is_none_is_named() -> None:
    with pytest.raises(msgspec.ValidationError, match="has host bits set"):
        networks(["10.0.0.1/8"])
