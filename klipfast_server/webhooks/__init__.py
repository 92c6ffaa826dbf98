"""Shelf: the outbox, written in the transaction, and its delivery."""
