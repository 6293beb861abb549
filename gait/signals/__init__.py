"""Cleaning of the joints: outliers, left and right, gaps, resampling and filters."""
