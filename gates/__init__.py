"""What a change must pass before it is merged or released: each gate a module that a make target runs."""
