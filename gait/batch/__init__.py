"""The loop over recordings: workers on this machine, or on many by Ray."""
