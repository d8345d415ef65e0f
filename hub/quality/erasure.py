"""What remains of reviews and grades when their conversation is erased: verdicts and numbers, no texts (SE-03)."""

import secrets

from hub.conversations.ports import Store
from hub.kernel.document import Document
from hub.kernel.ports import DocumentKey
from hub.quality.calibration import Calibration
from hub.quality.calibration import left_of as left_of_calibration
from hub.quality.csat import Csat
from hub.quality.csat import left_of as left_of_grade
from hub.quality.review import CoachingNote, Review
from hub.quality.review import left_of as left_of_review

EVERY = 1_000_000


async def anonymise_reviews(store: Store, conversation: int) -> tuple[list[Document], list[DocumentKey]]:
    """Documents to put, and to drop: notes, unscored reviews, unsent questions."""
    put: list[Document] = []
    dropped: list[DocumentKey] = []
    for review in await store.marked(Review, "conversation", str(conversation), limit=EVERY):
        if review.scorings:
            put.append(left_of_review(review))
        else:
            dropped.append((Review, review.key))
    put += [left_of_calibration(each) for each in await store.marked(Calibration, "conversation", str(conversation), limit=EVERY)]
    dropped += [(CoachingNote, each.key)
                for each in await store.marked(CoachingNote, "conversation", str(conversation), limit=EVERY)]
    for grade in await store.marked(Csat, "conversation", str(conversation), limit=EVERY):
        dropped.append((Csat, grade.key))
        if grade.record:
            put.append(left_of_grade(grade, secrets.token_hex(16)))
    return put, dropped
