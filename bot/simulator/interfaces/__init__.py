"""What the product calls: the interfaces below /cgi-bin, one module for each family."""
