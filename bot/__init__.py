"""The product: rooms on floors (docs/architecture.md). Beside them stand only the application and its entries."""
