"""Sapiens2: joints and the outline of the body, by torch. Only `weights` can be imported without torch."""
