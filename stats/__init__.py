"""What AWS Deadline Cloud farms cost and how long they ran: the engine behind the pages.

A question (`model.Question`) is turned into runs of the service's statistics aggregation
(`plan`), the runs wait their turn in the farm's line (`line`, `aggregation`), and their rows
become a report (`rollup`, `report`). `client` is the only module that talks to AWS and `wire`
the only one that knows the names the service uses on the wire. Nothing here imports Streamlit.
"""
