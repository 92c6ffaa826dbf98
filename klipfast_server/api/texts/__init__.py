"""The texts of a job."""
