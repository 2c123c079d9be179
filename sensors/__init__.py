"""What starts runs by itself: arrivals in the landing zone, and what follows from them."""
