"""Writes to practices and patients, sends at most once, and never says more than it must."""
