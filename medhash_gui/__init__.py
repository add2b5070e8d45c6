"""MedHash: retrieval of similar medical images by deep hashing."""

__version__ = "0.1.0.dev0"
