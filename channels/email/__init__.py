"""E-mail: letters as they come and go, apart from the servers that carry them."""
