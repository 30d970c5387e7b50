"""`python -m bench`: every measurement, one after the other."""

from bench import floor

if __name__ == "__main__":
    floor.main()
