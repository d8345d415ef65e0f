"""Services used by the desk for subjects' rights."""

from msgspec import Struct

from hub.citizens.consent_service import ConsentService
from hub.privacy.corrections import Rectification
from hub.privacy.deletions import DeletionRequests
from hub.privacy.self_service import DataSelfService
from hub.privacy.subject_request_answers import SubjectRequestAnswers
from hub.privacy.subject_requests import SubjectRequests


class Rights(Struct, frozen=True):
    """Services for subjects' rights."""

    consent_service: ConsentService
    demands: SubjectRequests
    data: DataSelfService
    answering: SubjectRequestAnswers
    correcting: Rectification
    deleting: DeletionRequests
