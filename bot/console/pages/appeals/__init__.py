"""The pages of the appeals' desk."""
