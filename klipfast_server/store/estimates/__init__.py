"""When unfinished jobs end."""
