"""What is made of a talk that was heard: corrections, further clips and texts."""
