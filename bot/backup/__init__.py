"""One file that holds everything, and the way back: rows, attachments and settings; what must not happen twice after a
restore is put right here by each room's `restored.py`, found by looking. Imports core, runtime."""
