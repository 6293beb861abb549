"""Who is in one picture."""
