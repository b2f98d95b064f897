"""Readable, versioned data of the core: questions, papers, triage, words."""
