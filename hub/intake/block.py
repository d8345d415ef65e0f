"""A block of a centre: one number, mailbox or chat, or many of them by prefix, domain or network. Pure (SE-02).

Blocks are against robots and abuse and take no rights away: a complaint can be filed another way, which the refused sender is
told, and a caller gets through by pressing a key. So each block has an end, an author and a reason.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_network

from msgspec.structs import replace

from hub.conversations.address import E164, Address
from hub.conversations.channel_traits import AddressForm, TraitRegistry
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.kernel.public_networks import Network

LONGEST = timedelta(days=366)
USUAL_DAYS = 7
KEPT = timedelta(days=30)
"""How long an expired block is still shown; then its address is erased."""
SHORTEST_PREFIX = 5
"""Digits: a shorter prefix would be a country, or every number."""
WIDEST = {4: 16, 6: 32}
"""Prefix length in bits of the widest network that may be blocked, by IP version."""
_PREFIX = re.compile(r"\+([1-9][0-9]{1,13})\*")
_MAILBOX = re.compile(r"[^@\s]+@[^@\s]+")
_DOMAIN = re.compile(r"[^@\s.]+(\.[^@\s.]+)+")


class Effect(StrEnum):
    """What happens to a blocked sender; a blocked caller hears a prompt and gets through by a key, with either effect."""

    REFUSE = "refuse"
    """Refused at once where the channel can; where the carrier must be acknowledged, set aside and told once."""
    SET_ASIDE = "set_aside"
    """Messages are accepted silently and set aside."""


class Block(Document, frozen=True, omit_defaults=True, tag="block"):
    """`pattern` is an address as its family writes it, a prefix of numbers (+7900*), a domain, or a network (192.0.2.0/24)."""

    id: str
    family: str
    pattern: str
    effect: Effect
    reason: str
    by: str
    """A login; "" is the command line."""
    since: datetime
    until: datetime
    lifted: datetime | None = None
    lifted_by: str = ""
    centre: str = ""
    """Code of the centre whose citizens it applies to; "" is the whole hub: blocks of the command line, or older than decision 0098."""


def block(id_: str, family: str, pattern: str, effect: Effect, reason: str, by: str, now: datetime, until: datetime,
          traits: TraitRegistry, centre: str = "") -> Block:
    """Raises RefusedError for a pattern that fits no address or a whole country, and for a term that is past or longer than a year."""
    if family not in traits.families():
        raise RefusedError("bad_pattern", f"Нет таких каналов: {family}.")
    if not now < until <= now + LONGEST:
        raise RefusedError("bad_dates", "Срок блокировки: от нынешней минуты и не больше года.")
    written = _written(traits.named(family).address, "".join(pattern.split()))
    if effect is Effect.SET_ASIDE and _network(written) is not None:
        raise RefusedError("bad_pattern", "Сеть можно только не принимать: чьё сообщение пришло из неё, потом не узнать.")
    return Block(id_, family, written, effect, reason.strip(), by, now, until, centre=centre)


def drawn(family: str, pattern: str, by: str, now: datetime, centre: str, traits: TraitRegistry) -> Block:
    """A block for preview only; raises RefusedError for its pattern, as `block` does."""
    return block("", family, pattern, Effect.REFUSE, "", by, now, now + timedelta(days=USUAL_DAYS), traits, centre)


def lift(known: Block, by: str, now: datetime) -> Block:
    """The block, ended now."""
    return known if known.lifted else replace(known, lifted=now, lifted_by=by)


def restore(known: Block, now: datetime) -> Block:
    """Undo the lifting; raises RefusedError once the term is over."""
    if now >= known.until:
        raise RefusedError("bad_dates", "Срок блокировки прошёл: внесите её заново.")
    return replace(known, lifted=None, lifted_by="")


def holds(known: Block, now: datetime) -> bool:
    return known.lifted is None and now < known.until


def fits(known: Block, address: Address, traits: TraitRegistry) -> bool:
    """Whether the block matches an address, in force or not."""
    return address.family == known.family and known.pattern in set(_keys(traits.of(address).address, address.value))


class Index:
    """Index of blocks by pattern: the cost of a look-up depends on the address's forms, not on the number of blocks."""

    def __init__(self, blocks: Iterable[Block], traits: TraitRegistry) -> None:
        self._traits = traits
        self._known: dict[tuple[str, str, str], Block] = {}
        """By family, pattern and centre."""
        self._lengths: set[tuple[int, int]] = set()
        """IP versions and prefix lengths of the blocked networks."""
        for each in sorted((each for each in blocks if each.lifted is None), key=lambda each: each.until):  # the longer term wins
            self._known[each.family, each.pattern, each.centre] = each
            if (network := _network(each.pattern)) is not None:
                self._lengths.add((network.version, network.prefixlen))

    def about(self, address: Address, now: datetime, centre: str = "") -> Block | None:
        """The block in force for an address at a centre."""
        family = address.family
        form = self._traits.of(address).address
        return self._first(((family, key) for key in _keys(form, address.value)), now, centre) if self._known else None

    def from_(self, source: str, now: datetime, centre: str = "") -> Block | None:
        """The block in force for the network address of a web client at a centre."""
        if not self._lengths or (network := _network(source)) is None:
            return None
        host = network.network_address
        lengths = sorted((length for version, length in self._lengths if version == host.version), reverse=True)
        return self._first((("web", str(ip_network((host, length), strict=False))) for length in lengths), now, centre)

    def _first(self, keys: Iterable[tuple[str, str]], now: datetime, centre: str) -> Block | None:
        whose = dict.fromkeys((centre, ""))
        return next((found for key in keys for each in whose
                     if (found := self._known.get((*key, each))) is not None and holds(found, now)), None)


def _keys(form: AddressForm, value: str) -> Iterator[str]:
    """The patterns that an address matches, the most specific first."""
    value = value.lower()
    yield value
    if form is AddressForm.NUMBER and value.startswith("+"):
        yield from (f"{value[:length]}*" for length in range(len(value), SHORTEST_PREFIX, -1))
    elif form is AddressForm.MAILBOX:
        domain = value.rpartition("@")[2]
        while domain:
            yield domain
            domain = domain.partition(".")[2]


def _written(form: AddressForm, pattern: str) -> str:
    """A pattern in its stored form; raises RefusedError."""
    low = pattern.lower()
    if form is AddressForm.NUMBER:
        if E164.fullmatch(low):
            return low
        if (prefix := _PREFIX.fullmatch(low)) and len(prefix[1]) >= SHORTEST_PREFIX:
            return low
        raise RefusedError("bad_pattern", f"Номер нужен целиком (+79001234567) или не короче {SHORTEST_PREFIX} первых цифр (+79001*).")
    if form is AddressForm.MAILBOX:
        if _MAILBOX.fullmatch(low) or _DOMAIN.fullmatch(low.removeprefix("@")):
            return low.removeprefix("@")
        raise RefusedError("bad_pattern", "Нужен ящик (ivan@example.ru) или домен (example.ru).")
    network = _network(low) if form is AddressForm.DIGEST else None
    if network is not None and network.prefixlen < WIDEST[network.version]:
        raise RefusedError("bad_pattern", f"Сеть слишком велика: не шире /{WIDEST[network.version]}.")
    if not low:
        raise RefusedError("bad_pattern", "Укажите адрес.")
    return str(network) if network is not None else low


def _network(pattern: str) -> Network | None:
    try:
        return ip_network(pattern, strict=False)
    except ValueError:
        return None
