"""What every test is held to, whatever it is about: each module is a plugin of pytest."""
