"""The catalogues, one folder for each language, and what gathers the texts that belong into them."""
