"""Experiments: declared in a chapter, run and drawn by this engine.

``declaration``: what a chapter writes · ``controls``: values a control can take, and their text ·
``execution``: one run · ``worker``: one thread, one job at a time · ``painter``: pictures ·
``session``: what a kernel remembers of an experiment · ``panel``: the live controls in the page ·
``static``: what stays in the notebook without a kernel · ``show``: puts it all on the page.
"""
