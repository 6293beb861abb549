"""Distances on the floor: places of the feet, the height of the body in pixels, and the scale in metres."""
