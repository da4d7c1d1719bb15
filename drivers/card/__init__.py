"""Document readers: PC/SC eMRTD and SAM resident cards. Booth only."""
