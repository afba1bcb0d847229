"""Networks that others trained -> packs; reads files only, runs nobody else's code."""
