"""What was found in a talk, and what callers put right."""
