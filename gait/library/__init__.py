"""Recordings and their results: the ledger, the tables over all of them, the index page."""
