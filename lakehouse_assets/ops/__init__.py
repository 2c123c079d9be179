"""Tables about the platform itself, below `<root>/ops`: what each rule found, and what each run took."""
