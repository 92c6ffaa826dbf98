"""Shelf: Postgres. One function a query, one transaction an act."""
