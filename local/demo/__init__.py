"""`orion demo`: two orders, driven over public HTTP as their customer and vendor would."""
