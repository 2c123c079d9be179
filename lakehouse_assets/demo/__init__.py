"""The demo's retailer: The Complete Journey (84.51°), a year of a grocer's records, delivered as files."""
