"""Leaked passwords in a file ordered by hash (SE-01; ASVS 5.0 6.2.12)."""

from hashlib import sha1
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okno.adapters.leaked_passwords import leaked
from okno.faults.config_error import ConfigError


def laid(path: Path, passwords: list[str]) -> Path:
    lines = sorted(f"{sha1(each.encode()).hexdigest().upper()}:{7 ** (n % 9)}" for n, each in enumerate(passwords))
    path.write_text("\r\n".join(lines))
    return path


@given(st.sets(st.text(max_size=20), min_size=1, max_size=60), st.text(max_size=20))
def test_exactly_those_of_the_file_are_found(tmp_path_factory: pytest.TempPathFactory, there: set[str], other: str) -> None:
    has = leaked(str(laid(tmp_path_factory.mktemp("leaked") / "hashes", sorted(there))))
    assert all(map(has, there))
    assert has(other) is (other in there)


def test_none_has_leaked_without_a_file() -> None:
    assert not leaked("")("password")


@pytest.mark.parametrize("content", ["", "password\n", "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8:3\n"])
def test_another_file_stops_the_start(tmp_path: Path, content: str) -> None:
    (tmp_path / "hashes").write_text(content)
    with pytest.raises(ConfigError, match="SHA-1"):
        leaked(str(tmp_path / "hashes"))
    with pytest.raises(ConfigError, match="No such file"):
        leaked(str(tmp_path / "nothing"))
