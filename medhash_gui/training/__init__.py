"""Training of a hashing network; needs torch."""
