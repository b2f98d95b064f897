"""Erasure and rights: what is due to go, what is held back, what the person may know, dispute and take back."""
