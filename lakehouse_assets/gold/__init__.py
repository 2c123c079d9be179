"""Gold: answers to questions that analysts ask."""
