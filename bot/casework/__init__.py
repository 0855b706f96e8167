"""The desk's verbs: what staff and units do to a case (domain §2.3), one file per group."""
