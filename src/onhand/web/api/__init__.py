"""The doors for programs: REST at /api/v1 and MCP at /mcp. Both read and act under the caller's own rights."""
