"""The flow of numbers: from what is due in one store to what it confirmed."""
