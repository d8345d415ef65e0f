"""SMS: drivers, and what they share."""
