"""What holds for every table unless it says otherwise: one module for each concern, its defaults and units."""
