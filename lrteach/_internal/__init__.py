"""Machinery of the core: nobody reads this first."""
