"""Hands in the release version as it is.

score: 0
role: blank
"""
