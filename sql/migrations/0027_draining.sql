-- While there is a row here, no worker starts a job; those that run go on to their end.
CREATE TABLE draining (
    only_one  boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    since     timestamptz NOT NULL DEFAULT now()
);
