"""Tables of others as lines of words: CSV in the encodings and marks that Excel and WPS write, and XLSX. What cannot
be read is said in Chinese, with what to do."""
