"""Files that came with messages, looked at by a virus scanner, where one is configured."""
