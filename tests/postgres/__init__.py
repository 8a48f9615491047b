"""PostgreSQL for the tests: `python -m tests.postgres` runs them on a server of their own."""
