"""Bronze: every source as delivered, all columns kept, and where each row came from."""
