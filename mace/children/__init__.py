"""Who a child is, who works with them, what worries us, what happened."""
