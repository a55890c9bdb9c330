"""traitscope: what a language model is disposed to do, and what a fine-tune changed."""

__version__ = "0.1.0"
