"""A walking figure whose every joint and every step is known, and a camera that films it."""
