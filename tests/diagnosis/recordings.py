def tables(total, gpl): return []
