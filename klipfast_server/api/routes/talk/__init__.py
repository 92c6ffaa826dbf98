"""What was found in a talk, and all of it as files."""
