"""Stores as Dagster resources: what lies in the landing zone, for sensors, wherever that is."""

from resources.stores.arrivals import Arrived, LandingZone

__all__ = ["Arrived", "LandingZone"]
