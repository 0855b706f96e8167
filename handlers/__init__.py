"""What the account answers: one file a topic, found by looking. Knows every room below; nobody imports it."""
