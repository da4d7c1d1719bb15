"""Short tones and the script that makes them."""
