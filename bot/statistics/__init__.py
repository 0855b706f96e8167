"""The office's numbers: counts, rates, spreads and hints over appeals, each with the cases behind it, and
their charts. Reads only. Imports appeals."""
