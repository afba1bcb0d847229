"""How much quantised variants differ from float ones, at the stage and at the ear."""
