"""Programs for type checkers: a comment stands where an error has to be."""
