"""Tables, one file per subject, with the queries that ask about them. Knows nobody."""

import pkgutil
from importlib import import_module

for _table in pkgutil.iter_modules(__path__):  # reading them all is what fills the metadata
    if not _table.ispkg:
        import_module(f"{__name__}.{_table.name}")
