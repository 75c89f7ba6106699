# The packages holdfast is built and tested with (Debian 12 names), and how what is missing gets installed.
