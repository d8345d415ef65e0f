"""The desk's part of training: own courses and exams; groups, providers and certificates for those who teach."""
