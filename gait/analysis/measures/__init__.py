"""From strides to measures: each with its interval, or with the reason why there is none."""
