"""The platform's pages: its vendors, their people, and tax rates."""
