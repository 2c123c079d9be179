"""What starts runs by itself: arrivals in the landing zone, automation, alerts. Nothing does yet."""
