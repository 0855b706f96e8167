"""What the office and the units do with a case, one file per group of acts; `table` says who may and when."""
