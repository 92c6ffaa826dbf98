"""What people change in a transcript: words replaced, and everything that hangs on them."""
