"""Memory of a process through which pictures pass by the hundred."""

import ctypes
import gc

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
KEEP_BYTES = 32 * 1024 * 1024
LARGE_BYTES = 8 * 1024 * 1024
COLLECT_EVERY = 20_000


def settle() -> None:
    """Call when all that stays is there. Pictures reuse the memory of those before, which else goes back to the kernel
    after each batch and comes again in empty pages; and collections look at what is new only, after whole batches.

    Another C library than glibc is left as it is.
    """
    if (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(M_TRIM_THRESHOLD, KEEP_BYTES)
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY)
