"""Who is blocked: by what an address looks like, for how long, and what becomes of it (SE-02)."""

import timeit
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.russian import Russian
from hub.conversations.address import Address
from hub.intake.block import KEPT, Block, Effect, Index, block, fits, holds, lift, restore
from hub.intake.blocklist import Blocklist
from hub.kernel.errors import RefusedError
from storage.memory import MemoryStore
from tests.rig import Clock
from tests.traits import TRAITS

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
WEEK = timedelta(days=7)


def of(family: str, pattern: str, effect: Effect = Effect.REFUSE, days: float = 7) -> Block:
    return block(f"{family}/{pattern}", family, pattern, effect, "спам", "boss", NOW, NOW + timedelta(days=days), TRAITS)


@pytest.mark.parametrize(("family", "pattern", "address"), [
    ("sms", "+7 900 123 45 67", Address("sms.smpp", "+79001234567")), ("sms", "+79001*", Address("sms.http", "+79001234567")),
    ("voice", "+7900123456*", Address("voice.asterisk", "+79001234567")), ("fax", "+74950000000", Address("fax.asterisk", "+74950000000")),
    ("email", "Spam@Example.ru", Address("email.mail", "spam@example.RU", "a thread")),
    ("email", "example.ru", Address("email.mail", "a@example.ru")), ("email", "@example.ru", Address("email.mail", "a@b.example.ru")),
    ("messenger", "42", Address("messenger.max", "42")), ("web", "shop-7", Address("web.hook", "shop-7"))])
def test_a_pattern_fits_its_addresses_and_no_others(family: str, pattern: str, address: Address) -> None:
    # SE-02
    index = Index([of(family, pattern)], TRAITS)
    assert index.about(address, NOW) == of(family, pattern)
    assert fits(of(family, pattern), address, TRAITS)
    assert index.about(Address("other.one", address.value), NOW) is None
    assert index.about(Address(address.channel, f"x{address.value}x"), NOW) is None


def test_a_domain_is_no_end_of_another() -> None:
    # SE-02: notexample.ru is somebody else
    assert Index([of("email", "example.ru")], TRAITS).about(Address("email.mail", "a@notexample.ru"), NOW) is None


@pytest.mark.parametrize(("pattern", "inside", "outside"), [
    ("192.0.2.0/24", "192.0.2.200", "192.0.3.1"), ("192.0.2.7", "192.0.2.7", "192.0.2.8"), ("192.0.2.77/24", "192.0.2.1", "::1"),
    ("2001:db8:1::/48", "2001:db8:1:2::3", "2001:db8:2::1")])
def test_a_network_holds_whoever_comes_from_it(pattern: str, inside: str, outside: str) -> None:
    # SE-02
    index = Index([of("web", pattern), of("web", "198.51.100.0/25")], TRAITS)
    assert index.from_(inside, NOW) == of("web", pattern)
    assert index.from_(outside, NOW) is None
    assert index.from_("", NOW) is None
    assert index.from_("unix:", NOW) is None


@given(st.integers(0, 2**32 - 1), st.integers(16, 32), st.integers(0, 2**32 - 1))
def test_the_index_says_of_networks_what_their_bits_do(network: int, length: int, host: int) -> None:
    # SE-02
    index = Index([of("web", f"{IPv4Address(network)}/{length}")], TRAITS)
    assert (index.from_(str(IPv4Address(host)), NOW) is not None) is (network >> (32 - length) == host >> (32 - length))


@pytest.mark.parametrize(("family", "pattern"), [
    ("sms", "+7*"), ("sms", "*"), ("sms", "+7900*"), ("sms", "900123"), ("sms", ""), ("voice", "withheld"), ("email", "ru"), ("email", "a@"),
    ("web", "0.0.0.0/0"), ("web", "10.0.0.0/8"), ("web", "::/0"), ("messenger", " "), ("telex", "1")])
def test_what_fits_nobody_or_everybody_is_refused(family: str, pattern: str) -> None:
    # SE-02
    with pytest.raises(RefusedError) as refusal:
        of(family, pattern)
    assert refusal.value.code == "bad_pattern"


def test_what_comes_from_a_network_can_only_be_refused() -> None:
    with pytest.raises(RefusedError, match="Сеть"):
        of("web", "192.0.2.0/24", Effect.SET_ASIDE)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_no_block_is_for_ever(days: int) -> None:
    # SE-02
    with pytest.raises(RefusedError) as refusal:
        of("sms", "+79001234567", days=days)
    assert refusal.value.code == "bad_dates"


def test_it_holds_until_its_day_or_until_it_is_lifted() -> None:
    # SE-02
    made = of("sms", "+79001234567")
    assert [holds(made, NOW + each) for each in (timedelta(0), WEEK - timedelta(seconds=1), WEEK)] == [True, True, False]
    lifted = lift(made, "boss", NOW + timedelta(days=1))
    assert not holds(lifted, NOW + timedelta(days=1))
    assert holds(restore(lifted, NOW + timedelta(days=2)), NOW + timedelta(days=2))
    with pytest.raises(RefusedError):
        restore(lifted, NOW + WEEK)


def test_the_number_of_blocks_costs_nothing() -> None:
    # SE-02: looked up by what the address looks like, not by going through them
    few = Index([of("sms", f"+7900{n:07}") for n in range(10)], TRAITS)
    many = Index([of("sms", f"+7900{n:07}") for n in range(20_000)], TRAITS)
    address = Address("sms.smpp", "+79991234567")
    took = [min(timeit.repeat(lambda index=index: index.about(address, NOW), number=500, repeat=5)) for index in (few, many)]  # type: ignore[misc]  # bound at once
    assert took[1] < took[0] * 5


class TestBlocklist:
    @pytest.fixture
    def clock(self) -> Clock:
        clock = Clock()
        clock.now = NOW
        return clock

    async def test_each_deed_is_stored_and_in_the_audit_without_the_address(self, russian: Russian, clock: Clock) -> None:
        # SE-01, SE-02, SE-03
        store = MemoryStore(russian)
        blocks = Blocklist(store, clock, TRAITS)
        made = await blocks.add("boss", "sms", "+79001234567", Effect.REFUSE, "рассылка", 7)
        await blocks.lift("boss", made.id)
        await blocks.lift("boss", made.id)
        await blocks.restore("boss", made.id)
        assert await store.all(Block) == [made]
        audit_entries = [audit_entry for _, audit_entry in await store.audit_entries()]
        assert [(each.what, each.about, each.by) for each in audit_entries] == [
            (what, made.id, "boss") for what in ("block_restored", "block_lifted", "block_added")]
        assert not any("+7900" in each.detail for each in audit_entries)

    async def test_who_is_blocked_anew_has_one_block(self, russian: Russian, clock: Clock) -> None:
        # SE-02
        blocks, address = Blocklist(MemoryStore(russian), clock, TRAITS), Address("sms.smpp", "+79001234567")
        await blocks.add("boss", "sms", "+79001234567", Effect.REFUSE, "рассылка", 300)
        second = await blocks.add("boss", "sms", "+79001234567", Effect.SET_ASIDE, "снова", 1)
        assert blocks.about(address) == second
        await blocks.lift("boss", second.id)
        assert blocks.about(address) is None

    async def test_what_another_process_writes_counts_without_a_restart(self, russian: Russian, clock: Clock) -> None:
        # SE-02
        store, address = MemoryStore(russian), Address("sms.smpp", "+79001234567")
        hub = Blocklist(store, clock, TRAITS)
        await hub.start()
        await Blocklist(store, clock, TRAITS).add("", "sms", "+79001*", Effect.REFUSE, "рассылка", 7)
        await hub.read()
        assert hub.about(address) is not None
        await hub.close()

    async def test_an_address_is_forgotten_some_time_after_its_block_is_over(self, russian: Russian, clock: Clock) -> None:
        # SE-03
        store = MemoryStore(russian)
        await Blocklist(store, clock, TRAITS).add("boss", "sms", "+79001234567", Effect.REFUSE, "рассылка", 7)
        for wait, left in ((WEEK, 1), (KEPT, 0)):
            clock.now += wait
            again = Blocklist(store, clock, TRAITS)
            await again.start()
            await again.close()
            assert len(again.all()) == len(await store.all(Block)) == left

    async def test_there_must_be_one_to_lift(self, russian: Russian, clock: Clock) -> None:
        with pytest.raises(RefusedError) as refusal:
            await Blocklist(MemoryStore(russian), clock, TRAITS).lift("boss", "nothing")
        assert refusal.value.code == "no_such_block"


def test_addresses_of_ipv6_are_found_as_they_are_written() -> None:
    index = Index([of("web", "2001:DB8::7")], TRAITS)
    assert index.from_(str(IPv6Address("2001:db8:0:0::7")), NOW) is not None
