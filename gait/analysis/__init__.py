"""From joints to measures: pure functions, no video, no model."""
