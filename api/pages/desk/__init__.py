"""The vendor's desk: orders, products, figures and settings of one shop."""
