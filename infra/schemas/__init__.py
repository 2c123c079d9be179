"""The schemas of the providers, as far as this tree uses them; LICENCE.md beside says whose they are."""
