"""Logins. What a person may do follows from positions in org, never from the login."""
