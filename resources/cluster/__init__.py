"""A Spark cluster on this machine: master, workers and a Spark Connect server, from the PyPI wheel of pyspark."""
