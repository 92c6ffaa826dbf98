"""Shelf: the same results in other people's formats: SRT, ASS, OTIO, FCPXML, EDL."""
