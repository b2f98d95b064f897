"""Append-only record of what was done and read; who acts; repeats; the outbox."""
