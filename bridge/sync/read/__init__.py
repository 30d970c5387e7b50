"""The flow of readings: from listings, orders and stock of one store to what is known and due."""
