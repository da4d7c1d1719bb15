"""`python -m station`: the command line."""

from station.cli.main import main

if __name__ == "__main__":
    main()
