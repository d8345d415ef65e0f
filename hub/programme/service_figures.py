"""What is counted of a service: contacts, returns, complaints, delays, refusals, outdated information, satisfaction (MC-03, MC-07). Pure.

Contacts and returns are those of the table of figures; the definitions of the others are in docs/figures.md.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from hub.cases.breaches import Breach
from hub.cases.case import Case, CaseKind
from hub.cases.state import CaseState
from hub.quality.csat import BAD, Csat

DELAYS = frozenset({Breach.LATE_REGISTRATION, Breach.LATE_SERVICE, Breach.QUEUE})
REFUSALS = frozenset({Breach.REFUSED_PAPERS, Breach.REFUSED_SERVICE})


class ServiceCounts(Struct, frozen=True, array_like=True, gc=False):
    """Stored by place: a new figure comes last."""

    offered: int = 0
    decided: int = 0
    returned: int = 0
    complaints: int = 0
    delays: int = 0
    """Of the complaints, those about a term of the service."""
    refusals: int = 0
    """Of the complaints, those about a refusal."""
    outdated: int = 0
    """Notices of wrong or outdated information, and complaints about it."""
    grades: int = 0
    bad_grades: int = 0
    grade_sum: int = 0


NAMES = ServiceCounts.__struct_fields__
NOTHING = ServiceCounts()


class ServiceTrouble(StrEnum):
    """Undesired figures."""

    RETURNED = "returned"
    COMPLAINTS = "complaints"
    DELAYS = "delays"
    REFUSALS = "refusals"
    OUTDATED = "outdated"
    BAD_GRADES = "bad_grades"


SHARE_OF: Mapping[ServiceTrouble, str] = {
    ServiceTrouble.RETURNED: "decided", ServiceTrouble.COMPLAINTS: "offered", ServiceTrouble.DELAYS: "offered",
    ServiceTrouble.REFUSALS: "offered", ServiceTrouble.OUTDATED: "offered", ServiceTrouble.BAD_GRADES: "grades"}
"""The figure that each is a share of."""


def of_case(case: Case) -> ServiceCounts:
    """A merged one is counted in the remaining one."""
    if case.state is CaseState.MERGED:
        return NOTHING
    breach, complaint = case.matter.breach, case.kind is CaseKind.COMPLAINT
    return ServiceCounts(
        complaints=int(complaint), delays=int(complaint and breach in DELAYS),
        refusals=int(complaint and (breach in REFUSALS or case.matter.refusal)),
        outdated=int(case.kind is CaseKind.OUTDATED or (complaint and breach is Breach.INFORMATION)))


def of_grade(grade: Csat) -> ServiceCounts:
    return ServiceCounts(grades=1, bad_grades=int(grade.grade <= BAD), grade_sum=grade.grade) if grade.grade else NOTHING


def of_contact(counts: Mapping[str, float]) -> ServiceCounts:
    """Of the table of figures (hub/reporting/columns.py)."""
    return ServiceCounts(int(counts.get("offered", 0)), int(counts.get("decided", 0)), int(counts.get("returned", 0)))
