-- Pairs of candidates for which a language model had no time.
ALTER TABLE jobs ADD COLUMN uncompared integer NOT NULL DEFAULT 0;
