"""Stage vet."""
