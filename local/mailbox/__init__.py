"""A mailbox for development: it takes mail over SMTP and shows it on a page and as JSON."""
