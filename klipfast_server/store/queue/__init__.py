"""Unfinished jobs: claimed and worked on."""
