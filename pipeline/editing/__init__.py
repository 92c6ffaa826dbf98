"""Shelf: cuts pauses and fillers out of a clip and puts everything on one clock."""
