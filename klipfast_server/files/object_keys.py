"""Storage keys of a job's files."""

CLIPS = "clips"  # prefix of the files of all jobs


def prefix(job_id: str) -> str:
    """Return the storage key prefix of a job's files."""
    return f"{CLIPS}/{job_id}"
