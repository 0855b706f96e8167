"""Tables in and out: long runs that a worker does, reading foreign sheets, the Excel workbook. The appeals'
ledger is the first; those that TOML files define come beside it. Imports appeals, statistics."""
