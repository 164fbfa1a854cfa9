"""The pages on which guidelines and limits are written, looked at and put into force."""
