"""Live frames: UVC cameras; files and feeds in the demo profile. Booth only."""
