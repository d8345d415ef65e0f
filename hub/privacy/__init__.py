"""The register of personal data, its retention and erasure, and subjects' rights (152-ФЗ).

What is erased comes back with no backup.

Uses: access, actions, appointments, cases, citizens, conversations, federation, integrations, kernel, knowledge,
notifications, organisation, quality, robot.
"""
