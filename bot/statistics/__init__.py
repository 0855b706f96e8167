"""The office's numbers (domain §5): rates, counts, spreads and hints, each with the list of its cases."""
