"""Engines: where transforms are computed. All that differs between engines lies here."""
