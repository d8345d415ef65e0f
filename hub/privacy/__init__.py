"""The register of personal data, its retention and erasure, and subjects' rights (152-ФЗ).

Erased data does not return with a backup.

Uses: access, actions, appointments, cases, citizens, conversations, federation, integrations, kernel, knowledge, monitoring,
notifications, organisation, quality, robot, training, workforce.
"""
