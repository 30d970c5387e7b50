"""What people do and ask: pause, release, resync, roll back, and how everything is."""
