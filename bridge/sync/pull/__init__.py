"""The flow of levels: from the pages of the warehouse to what is due."""
