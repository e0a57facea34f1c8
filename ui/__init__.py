"""What is seen: words, numbers as people write them, colours, charts and the pages' blocks.

`format`, `text`, `theme`, `colours`, `parts` and `charts` are pure and need no running Streamlit;
the rest of the package draws with it. Pages use `ui`, and nothing in `stats` knows it.
"""
