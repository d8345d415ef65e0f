"""Who is offered what, and where a conversation goes when its line cannot answer in time.

Moves conversations; says nothing to citizens but how long it takes.

Uses: access, conversations, federation, kernel, notifications, organisation.
"""
