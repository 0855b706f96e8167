"""Colleagues: their rights, how they are added and leave, how they sign in, the lines in their inbox.
Imports core."""
