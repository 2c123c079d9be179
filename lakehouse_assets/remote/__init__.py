"""A table's run in another process, such as a cluster's driver: what it is asked, what it does, what it says."""
