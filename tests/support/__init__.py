"""The test room: databases, server, browser, and what is forbidden in it."""
