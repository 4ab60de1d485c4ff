"""``python -m benchmarks``."""

from benchmarks.run import app

if __name__ == "__main__":
    app()
