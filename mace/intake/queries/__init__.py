"""What may be asked about spreadsheets on their way in, and about what was made of them."""
