"""A search or a cross-validation as one page that explains itself; nothing is loaded, and only its own script runs."""
