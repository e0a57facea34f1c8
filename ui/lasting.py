"""A file that a click has made stays until its page is drawn anew.

Streamlit lets go of it once two runs of pages have ended, whoever's they are: where many look,
before the browser has come for it.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

from streamlit import runtime
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx


def lasting(make: Callable[[], bytes], name: str, mime: str) -> Callable[[], bytes]:
    """What a download button makes its file of, for the viewer whose page is drawn."""
    viewer = get_script_run_ctx()

    def made() -> bytes:
        data = make()
        if viewer and runtime.exists():
            # Streamlit asks the thread whose file it is
            keeps = Thread(target=_keep, args=(data, name, mime))
            add_script_run_ctx(keeps, viewer)
            keeps.start()
            keeps.join()
        return data

    return made


def _keep(data: bytes, name: str, mime: str) -> None:
    """Refers to the file by a place of its own; Streamlit has equal ones once."""
    files = runtime.get_instance().media_file_mgr
    files.add(data, mime, f"made of {name}", name, is_for_static_download=True)
