"""Papers that people take home and lists for the day the system is down: typst, A4, tagged (PDF/UA-1, PDF/A-2a).

Pure: facts come in as the dataclasses of :mod:`hilfefrei.papers.data`, sentences lie in ``words/*.toml`` with the name
and day of whoever checked them, the shape lies in ``templates/*.typ``. Facts reach typst as JSON, never as source text.
"""

from hilfefrei.papers.press import PaperError, languages, render

__all__ = ["PaperError", "languages", "render"]
