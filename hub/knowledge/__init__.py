"""Articles and service cards in their editions, and how they are searched, edited and kept up to date.

Publishes nothing that only one person has seen.

Uses: access, conversations, federation, kernel, organisation.
"""
