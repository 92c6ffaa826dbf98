"""Keys, tokens and webhooks of an account."""
