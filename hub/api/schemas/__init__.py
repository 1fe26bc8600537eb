"""The shapes of the HTTP API: a pydantic model for each request and answer, in a file named as that of its views.

Input refuses what it does not know. Times are RFC 3339 in UTC, URLs in answers are paths from the root, lengths are
pixels.
"""
