"""Slack: what comes in by signed events or by Socket Mode, and what goes out by the Web API."""
