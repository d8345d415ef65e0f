"""Keepers of keys: a file, the environment, a token (SE-01)."""

import threading
from collections.abc import Callable
from pathlib import Path

import pkcs11
import pytest

from hub.kernel.errors import SealedError
from storage.keys import environment, file
from storage.keys import pkcs11 as token_keys
from storage.keys.file import KeyFile
from storage.keys.pkcs11 import TokenKeys
from storage.keys.ring import Ring, new_key
from tests.peers.softhsm import MODULE, PIN, Token
from tests.storage.contract_keys import DATA_KEY, OF, KeysContract

pytestmark = pytest.mark.peers


class TestFile(KeysContract):
    @pytest.fixture
    def keys(self, tmp_path: Path) -> KeyFile:
        (tmp_path / "keys").touch(0o600)
        return file.connect({"path": str(tmp_path / "keys")})

    @pytest.fixture
    def add(self, keys: KeyFile) -> Callable[[], str]:
        return keys.add


class TestEnvironment(KeysContract):
    @pytest.fixture
    def keys(self) -> Ring:
        return environment.connect({"variable": "OKNO_TEST_KEYS"})

    @pytest.fixture
    def add(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
        made: list[str] = []

        def add() -> str:
            key, name = new_key()
            made.append(key)
            monkeypatch.setenv("OKNO_TEST_KEYS", " ".join(made))
            return name

        return add


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Token:
    token = Token(tmp_path)
    for name, value in token.environment.items():
        monkeypatch.setenv(name, value)
    return token


@pytest.fixture
def keys(token: Token) -> TokenKeys:
    return token_keys.connect({"module": MODULE, "token": token.label})


class TestToken(KeysContract):
    @pytest.fixture
    def add(self, keys: TokenKeys) -> Callable[[], str]:
        return keys.add


@pytest.mark.smoke
def test_a_key_cannot_be_read_out_of_its_token(token: Token, keys: TokenKeys) -> None:
    # SE-01
    name = keys.add()
    key = keys._keys(keys._opened())[name]
    assert key[pkcs11.Attribute.SENSITIVE]
    assert not key[pkcs11.Attribute.EXTRACTABLE]
    with pytest.raises(pkcs11.exceptions.AttributeSensitive):
        key[pkcs11.Attribute.VALUE]


@pytest.mark.filterwarnings("ignore:Exception ignored in")  # of a search that its session has left behind
def test_a_token_that_was_away_is_used_again(token: Token, keys: TokenKeys) -> None:
    # SE-01: pulled out, and put back; then all sessions were ended by somebody else
    keys.add()
    wrapped = keys.wrap(DATA_KEY, OF)
    token.taken_out()
    with pytest.raises(SealedError, match=f"token {token.label}: the token says"):
        keys.unwrap(wrapped, OF)
    token.put_back()
    assert keys.unwrap(wrapped, OF) == DATA_KEY
    pkcs11.lib(MODULE).reinitialize()
    assert keys.unwrap(wrapped, OF) == DATA_KEY


def test_threads_take_turns_with_the_token(keys: TokenKeys) -> None:
    # SE-01
    keys.add()
    done: list[bool] = []
    threads = [threading.Thread(target=lambda: done.extend(keys.unwrap(keys.wrap(DATA_KEY, OF), OF) == DATA_KEY for _ in range(20))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [True] * 160


def test_what_is_wrong_with_a_token_is_said(token: Token, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # SE-01
    def said(**settings: str) -> str:
        with pytest.raises(SealedError) as told:
            token_keys.connect({"module": MODULE, "token": token.label} | settings).newest(OF)
        return str(told.value)

    pin = tmp_path / "pin"
    pin.write_text("0000", encoding="ascii")
    assert said(pin_file=str(pin)) == f"{pin}: others may read it: chmod 600"
    pin.chmod(0o600)
    assert "PinIncorrect" in said(pin_file=str(pin))
    pin.write_text(f"{PIN}\n", encoding="ascii")
    assert "there is no key 'okno'" in said(pin_file=str(pin))
    assert "NoSuchToken" in said(token="nobody's")
    assert "/nowhere.so" in said(module="/nowhere.so")
    monkeypatch.delenv("OKNO_PIN")
    assert said(label="other") == f"token {token.label}: no PIN in OKNO_PIN"
