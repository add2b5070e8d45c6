"""Methods and controls side by side, on the same splits and seeds."""
