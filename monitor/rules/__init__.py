"""Judges: reads the rule files that people edit and says which rules catch an item, and by which words."""
