"""The tables that come with the package: subjects, and the plan of mobile numbers."""

import gzip
from importlib.resources import files

from hub.territory import Subjects, read_subjects
from routing.numbering import Numbering


def subjects() -> Subjects:
    return read_subjects((files("hub") / "data" / "subjects.csv").read_text(encoding="utf8"))


def numbering(of: Subjects) -> Numbering:
    packed = (files("routing") / "data" / "mobile-plan.csv.gz").read_bytes()
    return Numbering(of, gzip.decompress(packed).decode("ascii"))
