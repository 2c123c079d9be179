"""Object stores on this machine: real servers, started for the tests and ended with them."""
