"""C2L: a trunk learns from pictures without labels (Zhou et al., MICCAI 2020)."""
