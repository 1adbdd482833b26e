"""The shop: what customers see."""
