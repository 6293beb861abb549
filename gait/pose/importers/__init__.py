"""Joints that other programs found, from their files."""
