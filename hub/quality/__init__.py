"""Quality control: reviews of talks, and customer satisfaction.

Uses: access, cases, citizens, conversations, federation, kernel, notifications, organisation.
"""
