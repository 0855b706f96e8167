"""Policy packages in use: as text, which of them fit a company, and the reminder before a window closes.
Imports content, followers, outgoing."""
