"""Clips: the requests (`actions`) and what sees them through (`pipeline`)."""
