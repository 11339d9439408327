"""Narratives on results, right ones in the ways of several authors and wrong ones, for the claim checker."""
