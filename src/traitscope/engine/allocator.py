"""Keep the memory that tensors give back: on a CPU every step needs as much again.

glibc returns large blocks to the system as soon as they are free, and the next step pays for each page anew.
"""

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Numbers of `mallopt`, from glibc's malloc.h."""
LARGEST_KEPT = 2**30
"""Bytes of a block that is kept when it is freed; the weights of a large model are above that."""
MOST_KEPT = 2**31 - 1
"""Bytes that are kept together, at the top of the heap."""


def keep_freed_memory() -> bool:
    """Ask the allocator to keep what is freed; false where it cannot, as most but glibc's."""
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT)) and bool(mallopt(M_TRIM_THRESHOLD, MOST_KEPT))
