"""Persons, benefit units, addresses, channels, responsibility, restriction."""
