"""Silver: typed, de-duplicated and contracted."""
