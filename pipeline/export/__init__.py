"""Shelf: the results in standard formats: SRT, ASS, OTIO, FCPXML, EDL."""
