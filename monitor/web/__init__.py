"""The feedback page: a face for readers who click a link in a letter, and for whoever asks whether all is well."""
