"""Who calls from where, and what is noted of it."""
