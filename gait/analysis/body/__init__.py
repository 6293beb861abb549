"""The body frame by frame: angles of the joints, posture, and the table of both."""
