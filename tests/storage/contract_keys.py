"""What every keeper of key-encryption keys does (hub.kernel.ports.Keys)."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from hub.kernel.errors import SealedError
from hub.kernel.ports import Keys

OF, OTHER = "077/files/a", "077/files/b"
DATA_KEY = bytes(range(32))


class KeysContract:
    """`keys` has no key yet; `add` gives it one more and its name."""

    def test_what_is_wrapped_is_unwrapped(self, keys: Keys, add: Callable[[], str]) -> None:
        # SE-01
        name = add()
        wrapped = keys.wrap(DATA_KEY, OF)
        assert wrapped.key == name == keys.newest(OF)
        assert DATA_KEY not in wrapped.content
        assert keys.unwrap(wrapped, OF) == DATA_KEY
        assert keys.wrap(DATA_KEY, OF).content != wrapped.content

    def test_it_is_bound_to_what_it_is_for(self, keys: Keys, add: Callable[[], str]) -> None:
        # SE-01
        add()
        wrapped = keys.wrap(DATA_KEY, OF)
        with pytest.raises(SealedError, match="altered"):
            keys.unwrap(wrapped, OTHER)

    @pytest.mark.parametrize("at", [0, 12, -1])
    def test_what_was_altered_is_not_unwrapped(self, keys: Keys, add: Callable[[], str], at: int) -> None:
        # SE-01
        add()
        wrapped = keys.wrap(DATA_KEY, OF)
        content = bytearray(wrapped.content)
        content[at] ^= 1
        for bad in (bytes(content), wrapped.content[:20], b""):
            with pytest.raises(SealedError):
                keys.unwrap(replace(wrapped, content=bad), OF)
        assert keys.unwrap(wrapped, OF) == DATA_KEY

    def test_the_newest_wraps_and_older_ones_unwrap(self, keys: Keys, add: Callable[[], str]) -> None:
        # SE-01
        add()
        before = keys.wrap(DATA_KEY, OF)
        name = add()
        assert keys.newest(OF) == keys.wrap(DATA_KEY, OF).key == name != before.key
        assert keys.unwrap(before, OF) == DATA_KEY

    def test_a_key_that_is_not_there_is_named(self, keys: Keys, add: Callable[[], str]) -> None:
        # SE-01
        with pytest.raises(SealedError, match="there is no key"):
            keys.wrap(DATA_KEY, OF)
        add()
        with pytest.raises(SealedError, match="the key 00ff is not there"):
            keys.unwrap(replace(keys.wrap(DATA_KEY, OF), key="00ff"), OF)
