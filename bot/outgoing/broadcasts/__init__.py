"""What staff decide about a broadcast, and what follows from it by itself. Imports payloads and single_messages."""
