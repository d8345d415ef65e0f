"""A centre's own role: a name and a set of permissions, in versions. Pure.

It grants permissions instead of the built-in role that it was copied from; everything else of authorisation stays as it is: levels,
contracts, certificates, and that nobody approves what they wrote.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from hub.access.operator import GivenRole, Operator, Role
from hub.access.permissions import PERMISSION_MATRIX, Permission, exceeds
from hub.kernel.approval import Approval
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError

ALWAYS = Permission.ACCOUNT
"""Every role has it: without it nobody signs in."""
DANGEROUS = frozenset({
    Permission.MANAGE_OPERATORS, Permission.PROVISION, Permission.SETTLE, Permission.EDIT_REGISTRY, Permission.MANAGE_EXCHANGE,
    Permission.EDIT_CONSENTS, Permission.EDIT_DIALOGUES, Permission.APPROVE, Permission.ERASE, Permission.LISTEN})
"""They concern everybody's work, or cannot be undone: the desk marks them."""
ROOMS: dict[str, tuple[Permission, ...]] = {
    "work": (Permission.ACCOUNT, Permission.SERVE, Permission.HAND_OVER, Permission.PROMISE, Permission.OPEN_FILES, Permission.SEARCH),
    "citizens": (Permission.SEE_PERSON, Permission.JOIN_PERSON, Permission.READ_STATUS, Permission.BOOK, Permission.NOTIFY),
    "cases": (Permission.REGISTER_CASE, Permission.WORK_CASES, Permission.TAKE_COMPLAINT, Permission.ADVISE, Permission.HAND_IN),
    "floor": (Permission.SEE_ALL, Permission.STEER, Permission.LISTEN, Permission.SIFT, Permission.SEE_WALLBOARD,
              Permission.SHARE_REPLIES),
    "figures": (Permission.SEE_FIGURES, Permission.EDIT_PROGRAMME),
    "quality": (Permission.SEE_OWN_SCORES, Permission.SCORE_TALKS, Permission.DESIGN_SCORECARDS, Permission.ASK_ANONYMOUSLY,
                Permission.ASK_PERSONALLY),
    "people": (Permission.LEARN, Permission.TEACH, Permission.OWN_SHIFTS, Permission.WATCH_SHIFTS, Permission.PLAN_SHIFTS),
    "knowledge": (Permission.READ_KNOWLEDGE, Permission.EDIT_KNOWLEDGE, Permission.EDIT_DIALOGUES, Permission.APPROVE),
    "privacy": (Permission.TAKE_DEMAND, Permission.ANSWER_DEMAND, Permission.ERASE, Permission.EDIT_CONSENTS),
    "order": (Permission.MANAGE_OPERATORS, Permission.PROVISION, Permission.SETTLE, Permission.EDIT_REGISTRY,
              Permission.MANAGE_EXCHANGE)}
"""The permissions by the rooms of the desk, in the order of the form."""

OUTDATED = RefusedError("outdated", "Роль уже изменил другой администратор: посмотрите её снова и повторите.")
NO_DRAFT = RefusedError("no_draft", "У этой роли нет изменений, которые ждут второго администратора.")
OWN = RefusedError("own_role", "Права, которые добавили вы, утверждает другой администратор.")
NOTHING_NEW = RefusedError("nothing_new", "Ничего не меняется.")
NO_VERSION = RefusedError("no_such_version", "Такой версии роли нет.")


class RoleContent(Struct, frozen=True):
    """What is written; `base` is the built-in role that it was copied from, never the wallboard's."""

    title: str
    title_en: str
    base: Role
    permissions: tuple[str, ...]


class RoleVersion(Struct, frozen=True):
    """`approval` is None where it only takes permissions away: that needs nobody else."""

    version: int
    content: RoleContent
    authors: tuple[str, ...]
    """Logins of all who wrote in it."""
    at: datetime
    approval: Approval | None = None


class OwnRole(Document, frozen=True, tag="own_role"):
    """`versions` were in force, the oldest first; `draft` waits for a second administrator. `edit` counts all changes."""

    key: str
    centre: str
    edit: int
    versions: tuple[RoleVersion, ...] = ()
    draft: RoleVersion | None = None

    @property
    def current(self) -> RoleVersion | None:
        return self.versions[-1] if self.versions else None

    @property
    def newest(self) -> RoleContent | None:
        """What an editor sees."""
        shown = self.draft or self.current
        return shown.content if shown else None

    @property
    def title(self) -> str:
        """As in force, else as proposed."""
        shown = self.current or self.draft
        return shown.content.title if shown else ""

    @property
    def given(self) -> GivenRole | None:
        """What accounts hold of it; None before its first approval."""
        if self.current is None:
            return None
        content = self.current.content
        return GivenRole(self.key, content.title, content.title_en, content.permissions)


def content_of(title: str, title_en: str, base: Role, permissions: Iterable[Permission]) -> RoleContent:
    """Raises RefusedError for the wallboard's role: its sessions last for weeks."""
    if base is Role.WALL:
        raise RefusedError("bad_role", "От табло роль не копируют: его сеанс длится месяц. Возьмите другую роль или начните с пустой.")
    wanted = {ALWAYS, *permissions}
    return RoleContent(" ".join(title.split()), " ".join(title_en.split()), base, tuple(each for each in Permission if each in wanted))


def gained(role: OwnRole, content: RoleContent) -> list[str]:
    """Permissions that nobody has by the version in force."""
    return sorted(set(content.permissions) - set(role.current.content.permissions if role.current else ()))


def changed(role: OwnRole, content: RoleContent, by: Operator, now: datetime) -> OwnRole:
    """Somebody writes it: in force at once where nothing is gained, else a draft. Raises RefusedError for more than they have."""
    check_giver(by, content.permissions)
    before = role.current
    if (before is not None and before.content == content and role.draft is None) or (role.draft and role.draft.content == content):
        raise NOTHING_NEW
    number = (before.version if before else 0) + 1
    authors = role.draft.authors if role.draft else ()
    written = RoleVersion(number, content, tuple(dict.fromkeys((*authors, by.login))), now)
    if gained(role, content):
        return replace(role, edit=role.edit + 1, draft=written)
    if before is not None and before.content == content:
        return replace(role, edit=role.edit + 1, draft=None)
    return replace(role, edit=role.edit + 1, versions=(*role.versions, written), draft=None)


def approved(role: OwnRole, by: Operator, now: datetime) -> OwnRole:
    """The draft is in force; raises RefusedError for its author, and for somebody who has less than it grants."""
    draft = role.draft
    if draft is None:
        raise NO_DRAFT
    if by.login in draft.authors:
        raise OWN
    check_giver(by, draft.content.permissions)
    now_so = replace(draft, approval=Approval(by.login, now))
    return replace(role, edit=role.edit + 1, versions=(*role.versions, now_so), draft=None)


def check_giver(who: Operator, permissions: Iterable[str]) -> None:
    """Nobody gives more than they have: raises RefusedError that names it."""
    lacks = exceeds(who, (each for each in Permission if each in set(permissions)))
    if lacks:
        named = "; ".join(PERMISSION_MATRIX[each].does for each in lacks)
        raise RefusedError("more_than_yours", f"Больше прав, чем есть у вас самих, дать нельзя: {named}.")


def told(before: Collection[str], after: Collection[str]) -> str:
    """Gained and lost permissions for the audit, in Russian."""
    new = [f"+{PERMISSION_MATRIX[each].does}" for each in Permission if each in after and each not in before]
    gone = [f"−{PERMISSION_MATRIX[each].does}" for each in Permission if each in before and each not in after]
    return "; ".join([*new, *gone])
