"""What pytest needs for notebooks, and finds by itself: `pytest --nbval notebooks/`."""

pytest_plugins = ("tests.nbval_settings",)
