"""What is kept of the code by which a citizen follows his case (ST-04). Pure."""


from hub.kernel.document import Document


class CaseCode(Document, frozen=True, omit_defaults=True, tag="case_code"):
    """How whoever asks for a case proves that it is his: a slow hash of the code, never the code (tracking.py)."""

    number: str
    hash: str
