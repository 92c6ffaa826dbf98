"""What jobs are made from: uploads, kept sources, feeds, watched folders."""
