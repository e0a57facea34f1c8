"""No script lies directly in this folder.

On a server whose first request is a deep link, Streamlit may run a script that does by itself,
without the navigation and whatever guards it (docs/adr/0008-scripts-one-folder-down.md).
tests/test_layout.py and a browser test on a cold server hold that.
"""
