"""Assignment of conversations to operators, and overflow when a line cannot answer in time.

Moves conversations; tells citizens only how long it takes.

Uses: access, conversations, federation, kernel, notifications, organisation.
"""
