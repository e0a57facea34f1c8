"""Scripts lie one folder down, never directly in here.

A server whose first request is a deep link would run a script that lies directly in pages/ by
itself, without app.py and whatever app.py guards. tests/test_layout.py and a browser test on a
cold server hold this.
"""
