"""Operating the lake: what is up to date, what has to run, and running it."""
