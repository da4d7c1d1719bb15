"""The staff side of the screens: one bridge per page, one table of pages (`ui.office.pages`)."""
