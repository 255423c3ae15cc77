"""Pictures: charts of characters, and of matplotlib."""
