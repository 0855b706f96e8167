"""The staff console: one file per page family in pages/, wired by `wiring.install`."""
