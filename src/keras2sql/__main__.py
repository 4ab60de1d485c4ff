"""``python -m keras2sql``."""

from keras2sql.cli import main

main()
