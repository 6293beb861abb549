"""How the camera sees the walk: headings, rhythm, passes, slant, and whether the clock can be true."""
