"""What holds for all tests."""

import signal

# A shell's background job ignores Ctrl-C, and so would every program that a test starts in order to interrupt it.
signal.signal(signal.SIGINT, signal.default_int_handler)
