"""Exchange of conversations, files and statistics between deployments, over a link that may be down.

The federal level receives nothing that identifies a person (D19).

Uses: conversations, kernel, organisation.
"""
