"""The checks of `make gpu-check`: each returns rows, or raises with the reason why it has none."""
