"""Rebuilding the matching model from labelled data: `chanjiao train`."""
