"""Keys under which files lie in storage."""

CLIPS = "clips"  # storage key above the files of all jobs


def prefix(job_id: str) -> str:
    """Storage key under which all files of a job lie."""
    return f"{CLIPS}/{job_id}"
