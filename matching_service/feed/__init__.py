"""The live part of the event stream: one look at the database, many open pages.

Nothing waits for a page. The latest messages lie in one window that all pages read, each at its
own place in it, so that a slow page costs a number; one that fell out of the window reads its
pages from the database.
"""
