"""Microsoft Teams: what comes in at one address, and what goes out by the Bot Connector."""
