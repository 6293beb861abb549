"""Finding the joints of the followed person: one module per model, one shared interface."""
