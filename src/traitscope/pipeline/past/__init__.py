"""What was found before: searches that were replaced, answers judged again."""
