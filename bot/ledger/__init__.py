"""Long runs of the ledger: exports to Excel, and imports of ledgers that were kept elsewhere."""
