"""Who is followed, and what is said of everyone seen."""
