"""Who gets in: second factors, the log-in of the house, sessions, pauses after wrong passwords, the emergency login."""
