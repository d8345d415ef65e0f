"""A course as a package for another learning system (SCORM 1.2 and SCORM 2004 3rd edition)."""
