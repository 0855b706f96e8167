"""From the words of a message to what the person wants: pure functions over an immutable index (domain §7)."""
