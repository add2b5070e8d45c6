"""The window: the only part of MedHash that knows Qt."""
