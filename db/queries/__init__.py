"""Queries by noun: plain functions, session first."""
