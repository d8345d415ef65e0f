"""Codes of authenticators by the standard's own numbers, and how long each is good (SE-01)."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from hub.access.operator import Operator, Role
from hub.access.second_factor import (
    RECOVERY_CODES,
    SecondFactorDemand,
    SecondFactorPolicy,
    address_of,
    code_at,
    recovery_codes,
    step_of,
    stored,
    told,
)

SECRET = b"12345678901234567890"


# RFC 6238, appendix B, of which six digits are used.
@pytest.mark.parametrize(("at_s", "code"), [
    (59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"), (2000000000, "69279037"), (20000000000, "65353130")])
def test_the_codes_are_those_of_the_standard(at_s: int, code: str) -> None:
    assert code_at(SECRET, at_s // 30) == code[2:]


def test_a_code_is_good_for_a_step_before_and_after_and_once() -> None:
    # SE-01
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    here = int(now.timestamp()) // 30
    assert [step_of(SECRET, code_at(SECRET, here + off), now, 0) for off in (-2, -1, 0, 1, 2)] == [None, here - 1, here, here + 1, None]
    assert step_of(SECRET, code_at(SECRET, here), now, here) is None
    assert step_of(SECRET, code_at(SECRET, here - 1), now, here) is None
    assert step_of(SECRET, code_at(SECRET, here + 1), now, here) == here + 1
    assert step_of(SECRET, code_at(SECRET, here), now + timedelta(seconds=29), here - 1) == here
    for wrong in ("", "000000x", "１２３４５６", code_at(SECRET, here) + "0"):
        assert step_of(SECRET, wrong, now, 0) is None


def test_recovery_codes_are_told_apart_however_they_are_written() -> None:
    # SE-01
    codes = recovery_codes()
    assert len({stored(code) for code in codes}) == RECOVERY_CODES
    assert all(re.fullmatch(r"([a-z2-7]{4}-){5}[a-z2-7]{4}", code) for code in codes)
    assert stored(codes[0]) == stored(f" {codes[0].upper().replace('-', ' ')} ")
    assert codes[0] not in stored(codes[0])


def test_what_an_authenticator_reads() -> None:
    address = address_of(SECRET, "anna", "Центр № 1")
    assert address.startswith("otpauth://totp/")
    assert f"secret={told(SECRET)}" in address
    assert "anna" in address


@pytest.mark.parametrize(("demand", "who"), [
    (SecondFactorDemand.OFF, set()), (SecondFactorDemand.OFFERED, {Role.ADMIN}), (SecondFactorDemand.REQUIRED, set(Role))])
def test_who_must_have_a_second_factor(demand: SecondFactorDemand, who: set[Role]) -> None:
    # SE-01
    policy = SecondFactorPolicy(demand, (Role.ADMIN,))
    assert {role for role in Role if policy.requires(Operator("x", "x", role))} == who
