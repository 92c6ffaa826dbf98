-- Event streams look at a job when it has changed, and not all the time: whoever changes what they
-- tell notifies with the job's id, in the same transaction. A renewed lease is no change.
CREATE FUNCTION notify_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('klipfast_changes', coalesce(NEW.job_id, OLD.job_id));
    RETURN NULL;
END
$$;

CREATE TRIGGER job_changed AFTER UPDATE OF status, stage, progress ON jobs
FOR EACH ROW WHEN ((OLD.status, OLD.stage, OLD.progress)
                   IS DISTINCT FROM (NEW.status, NEW.stage, NEW.progress))
EXECUTE FUNCTION notify_change();

CREATE TRIGGER job_deleted AFTER DELETE ON jobs
FOR EACH ROW EXECUTE FUNCTION notify_change();

CREATE TRIGGER clips_changed AFTER INSERT OR DELETE ON clips
FOR EACH ROW EXECUTE FUNCTION notify_change();
