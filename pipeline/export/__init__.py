"""Results in other programs' formats: SRT, WebVTT, ASS, OTIO, FCPXML, EDL.

Import its modules by name; nothing is re-exported here.
"""
