"""What leaves the office on paper or as a file: the Excel ledger, and charts."""
