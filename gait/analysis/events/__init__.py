"""Foot strikes and foot offs: those of each pass from the side or from the front, and all in their order."""
