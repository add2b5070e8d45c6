"""What each command of the command line does, and the grammar of its words."""
