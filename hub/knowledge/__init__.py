"""Articles and service cards in their editions: search, editing and maintenance.

Publishes nothing without a second person.

Uses: access, conversations, federation, kernel, organisation.
"""
