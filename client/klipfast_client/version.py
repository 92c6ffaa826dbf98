"""The version of this distribution, which is that of the server it was written with."""

__version__ = "0.1.0"
