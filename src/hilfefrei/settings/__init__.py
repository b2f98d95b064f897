"""Settings by mode: demo, test, production. What they share is in base."""
