"""Enrichment: what a description means. Pure, versioned, the same for everybody."""
