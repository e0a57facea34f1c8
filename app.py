"""Farm Costs: what AWS Deadline Cloud farms cost and how long they ran.

`streamlit run app.py` (or any ASGI server, as `app:app`) serves `app`. Its script is not this file,
since Streamlit takes a script beside a folder `pages/` for an app of the old kind until its first
run has ended: whoever came first, by a link to a page, would read "Page not found".
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from server.process import lifespan
from ui import dashboard

app = st.App(Path(dashboard.__file__), lifespan=lifespan)

if __name__ == "__main__":  # as a script, which is how Streamlit's AppTest runs it
    dashboard.draw()
