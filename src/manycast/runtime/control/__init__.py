"""Drives the engines of the control role."""
