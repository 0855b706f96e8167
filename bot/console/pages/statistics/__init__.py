"""The pages of the office's numbers."""
