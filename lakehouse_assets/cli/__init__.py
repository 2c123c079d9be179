"""The `lakehouse` command, a file for each of its verbs."""
