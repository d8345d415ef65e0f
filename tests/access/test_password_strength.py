"""Passwords that are guessed first (SE-01; ASVS 5.0 6.2.1, 6.2.4, 6.2.5, 6.2.11)."""

import pytest

from hub.access.password_strength import OURS, is_easy

ABOUT = ("ivanova.a", "Иванова Анна Петровна", "Центр телефонного обслуживания города Балашиха")


# Each of them is in lists of leaked passwords, or one rule away from a word in them.
@pytest.mark.parametrize("password", [
    "1234567890", "qwertyuiop", "q1w2e3r4t5", "password123", "P@ssw0rd2024", "1qaz2wsx3edc", "iloveyou123", "basketball", "qwerty123456",
    "aaaaaaaaaaaa", "abcdefghijkl", "01.02.1990", "football1234", "Welcome2026!", "letmein12345"])
def test_what_everybody_takes_is_easy(password: str) -> None:
    assert is_easy(password)


@pytest.mark.parametrize("password", ["йцукенгшщз", "gfhjkm12345", "пароль12345", "Пароль2026", "ПАРОЛЬПАРОЛЬ", "привет12345", "ghbdtn12345"])
def test_russian_words_are_easy_on_either_keys(password: str) -> None:
    assert is_easy(password)


@pytest.mark.parametrize("word", [word for word in OURS if len(word) > 4])
def test_words_of_the_house_are_easy(word: str) -> None:
    assert is_easy(f"{word}2026")
    assert is_easy(f"{word.capitalize()}12345")


@pytest.mark.parametrize("password", ["Иванова2026", "ivanova.a2026", "Анна Петровна", "балашиха2026", "fyyf1234567"])
def test_what_is_known_of_its_owner_is_easy(password: str) -> None:
    assert is_easy(password, ABOUT)


# Any composition will do: one kind of letters, spaces, another script, emoji.
@pytest.mark.parametrize("password", [
    "quiet harbour lantern", "серебряный чайник на подоконнике", "xkjqvzwpmt", "8365920174836502", "茶壶在窗台上下雨了天", "🦊🐢🍒🎻🛶🧭🪁🌵🐙🥁", "x" + "Ω≈ç√∫˜µ≤≥",
    "long " * 3 + "winding road to nowhere" + " and back again" * 10])
def test_what_is_hard_is_let_in(password: str) -> None:
    assert not is_easy(password, ABOUT)
