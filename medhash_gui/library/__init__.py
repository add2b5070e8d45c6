"""The parts of a library on disk; ``medhash_gui.store`` is the way in."""
