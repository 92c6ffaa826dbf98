-- What of a source could not be heard, seconds: its sound breaks off, or is damaged to the end.
ALTER TABLE jobs ADD COLUMN unheard_s double precision;
