"""The demo: the main job, driven over HTTP as a client and as an end user's browser would."""
