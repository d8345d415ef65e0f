"""What the desk asks of quality."""

from typing import NamedTuple

from hub.quality.calibration_service import CalibrationService
from hub.quality.coaching_notes import CoachingNotes
from hub.quality.csat_service import CsatService
from hub.quality.reviews_service import QualityReviews
from hub.quality.sampling import Sampling


class Quality(NamedTuple):
    """How talks are judged, and how content citizens are."""

    book: QualityReviews
    sampling: Sampling
    csat_service: CsatService
    coaching_notes: CoachingNotes
    calibrating: CalibrationService
