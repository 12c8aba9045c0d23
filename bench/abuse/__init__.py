"""Attacks against our own relay, one a file, and the honest players beside them."""
