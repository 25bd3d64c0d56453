"""`python -m lrteach` is the command `lrteach`."""

from .course.cli import main

if __name__ == "__main__":
    main()
