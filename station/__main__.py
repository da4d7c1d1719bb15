"""`python -m station`: the command line."""

import os

if __name__ == "__main__":
    # numpy's linear algebra would start a thread per core at import; the desk never uses it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    from station.cli.main import main

    main()
