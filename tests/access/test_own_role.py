"""A centre's own role: never more than its maker has, a second person for what is gained, none for what is lost (SE-01)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access.directory_roles import GroupRoleMapping, entitled
from hub.access.operator import GivenRole, Operator, Role
from hub.access.own_role import ROOMS, OwnRole, approved, changed, content_of
from hub.access.permissions import PERMISSION_MATRIX, Permission, granted_by, may, rights_of
from hub.access.second_factor import SecondFactorDemand, SecondFactorPolicy
from hub.kernel.errors import RefusedError

NOW = datetime(2026, 12, 3, 9, tzinfo=UTC)
PERMISSIONS = st.frozensets(st.sampled_from(Permission))
BASES = st.sampled_from([each for each in Role if each is not Role.WALL])


def holding(login: str, permissions: frozenset[Permission], base: Role = Role.OPERATOR) -> Operator:
    return Operator(login, login, base, own_role=GivenRole("r", "Роль", "", tuple(permissions)))


def chief(login: str) -> Operator:
    return Operator(login, login, Role.ADMIN)


@given(maker=PERMISSIONS, second=PERMISSIONS, steps=st.lists(PERMISSIONS, min_size=1, max_size=5), base=BASES)
def test_a_role_never_grants_what_its_maker_and_its_approver_lack(
        maker: frozenset[Permission], second: frozenset[Permission], steps: list[frozenset[Permission]], base: Role) -> None:
    # SE-01
    one, two, role = holding("one", maker), holding("two", second), OwnRole("r", "001", 0)
    for wanted in steps:
        try:
            role = changed(role, content_of("Старший смены", "", base, wanted), one, NOW)
        except RefusedError as error:
            assert error.code in {"more_than_yours", "nothing_new"}
            assert error.code == "nothing_new" or not (wanted | {Permission.ACCOUNT}) <= maker
            continue
        if role.draft is not None:
            with pytest.raises(RefusedError, match="другой"):
                approved(role, one, NOW)
            try:
                role = approved(role, two, NOW)
            except RefusedError:
                assert not set(role.draft.content.permissions if role.draft else ()) <= second
        if role.given is not None:
            account = Operator("new", "new", base, own_role=role.given)
            assert rights_of(account) <= maker & second
            assert {each for each in Permission if may(account, each)} == rights_of(account)


@given(before=PERMISSIONS, after=PERMISSIONS)
def test_what_is_lost_is_lost_at_once_and_what_is_gained_waits(before: frozenset[Permission], after: frozenset[Permission]) -> None:
    # SE-01
    role = approved(changed(OwnRole("r", "001", 0), content_of("Роль", "", Role.SENIOR, before), chief("one"), NOW), chief("two"), NOW)
    before, after = before | {Permission.ACCOUNT}, after | {Permission.ACCOUNT}
    if before == after:
        return
    role = changed(role, content_of("Роль", "", Role.SENIOR, after), chief("one"), NOW)
    assert (role.draft is None) == (after < before)
    assert role.current is not None
    assert set(role.current.content.permissions) == (min(before, after))


def test_all_who_wrote_in_a_draft_are_its_authors() -> None:
    role = changed(OwnRole("r", "001", 0), content_of("Роль", "", Role.SENIOR, [Permission.SERVE]), chief("one"), NOW)
    role = changed(role, content_of("Роль", "", Role.SENIOR, [Permission.SERVE, Permission.LISTEN]), chief("two"), NOW)
    for author in ("one", "two"):
        with pytest.raises(RefusedError):
            approved(role, chief(author), NOW)
    assert approved(role, chief("three"), NOW).draft is None


def test_a_role_is_never_copied_from_the_wallboard() -> None:
    # Its sessions last for a month.
    with pytest.raises(RefusedError, match="табло"):
        content_of("Роль", "", Role.WALL, [Permission.SERVE])


def test_each_permission_stands_in_one_room_of_the_form() -> None:
    assert sorted(each for held in ROOMS.values() for each in held) == sorted(PERMISSION_MATRIX)


def test_a_second_factor_is_asked_of_an_own_role_with_what_only_administrators_may() -> None:
    # SE-01
    policy = SecondFactorPolicy(SecondFactorDemand.OFFERED, (Role.ADMIN,))
    assert policy.requires(holding("one", frozenset({Permission.SERVE, Permission.MANAGE_OPERATORS})))
    assert not policy.requires(holding("one", granted_by(Role.SENIOR)))


def test_a_directory_gives_an_own_role_by_its_name_and_none_that_is_not_in_force() -> None:
    # SE-01
    rules = (GroupRoleMapping("shift", own_role="старший смены"),)
    draft = changed(OwnRole("r", "001", 0), content_of("Старший смены", "", Role.SENIOR, [Permission.SEE_FIGURES]), chief("one"), NOW)
    assert entitled(["shift"], rules, (), [draft]) is None
    found = entitled(["shift"], rules, (), [approved(draft, chief("two"), NOW)])
    assert found is not None
    assert (found.role, found.own_role and found.own_role.permissions) == (Role.SENIOR, ("account", "see_figures"))
    for wrong in ({}, {"role": Role.SENIOR, "own_role": "Старший смены"}):
        with pytest.raises(ValueError, match="either"):
            GroupRoleMapping("shift", **wrong)  # type: ignore[arg-type]
