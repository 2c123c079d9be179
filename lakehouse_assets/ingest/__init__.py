"""From deliveries in the landing zone to bronze rows. Knows neither Dagster nor an engine."""
