"""What only a session has: names and their meanings, earlier answers, settings, and the session as a whole."""
