"""Alerts: what is wrong, told once to those whom it concerns."""
