"""Farm Costs: what AWS Deadline Cloud farms cost and how long they ran.

The entry: navigation, sidebar, and the one place where an error of ours becomes a page.
"""

import streamlit as st

from stats.errors import FarmCostsError
from ui import backend, blocks, page, session, sidebar, text

st.set_page_config(page_title=text.APP, page_icon="ui/favicon.png", layout="wide")
st.logo("ui/favicon.png", size="large")

PAGES = {
    "Costs": [
        st.Page(
            "pages/costs/overview.py", title="Overview", icon=":material/dashboard:", default=True
        ),
        st.Page("pages/costs/users.py", title="Users", icon=":material/group:"),
        st.Page("pages/costs/jobs.py", title="Jobs", icon=":material/movie:"),
        st.Page("pages/costs/instance_types.py", title="Instance types", icon=":material/memory:"),
        st.Page(
            "pages/costs/queues_and_fleets.py", title="Queues and fleets", icon=":material/dns:"
        ),
        st.Page("pages/costs/licences.py", title="Licences", icon=":material/key:"),
    ],
    "Analysis": [
        st.Page("pages/analysis/explore.py", title="Explore", icon=":material/grid_on:"),
    ],
    "Help": [
        st.Page("pages/help/about.py", title="About the numbers", icon=":material/info:"),
    ],
}

chosen = st.navigation(PAGES)
try:
    sight = session.sight(session.current())
    with st.sidebar:
        sidebar.choices(sight, backend.reporter().names.farms())
        more = st.container()
        sidebar.actions(sight)
    page.lays_out(sight)
    try:
        chosen.run()
    except FarmCostsError as error:
        blocks.trouble(error)
    with more:
        sidebar.filters(sight)
except FarmCostsError as error:
    blocks.trouble(error)
