"""Routes of an account: its keys, sessions and usage, and the page of the server's operator."""
