"""The wall between desk and booth: messages, preview ring, handle (desk side), process (child)."""
