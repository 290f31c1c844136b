//! The allocator of this library: large blocks straight from the system.
//!
//! Argon2 works in a block of 19 MiB. When the first such block is freed, glibc
//! raises its mmap threshold, and from then on keeps these blocks on the heap: a
//! worker grew from 16 to 75 MB over 20 hashes. Mapping and unmapping them here
//! returns the memory each time, whatever the C library does.
//!
//! The blocks ask for huge pages. Argon2 reads its block at random, and with small
//! pages misses the TLB at every other step.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;

/// Blocks of at least this size are mapped, in bytes.
const MAPPED_FROM: usize = 1024 * 1024;
/// Smallest page size of the supported platforms; mmap aligns at least to this.
const PAGE: usize = 4096;

struct ReturningAllocator;

#[global_allocator]
static ALLOCATOR: ReturningAllocator = ReturningAllocator;

const fn is_mapped(layout: Layout) -> bool {
    layout.size() >= MAPPED_FROM && layout.align() <= PAGE
}

// SAFETY: both ways of allocating return null, or a block with the layout's size
// and alignment. The layout alone decides which way is taken, so `dealloc` takes
// the same one. `realloc` and `alloc_zeroed` are the trait's own, based on these.
unsafe impl GlobalAlloc for ReturningAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !is_mapped(layout) {
            // SAFETY: the caller's promise about `layout` is passed on.
            return unsafe { System.alloc(layout) };
        }
        // SAFETY: an anonymous private mapping at an address of the kernel's
        // choosing touches no existing memory.
        let block = unsafe {
            libc::mmap(
                ptr::null_mut(),
                layout.size(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if block == libc::MAP_FAILED {
            return ptr::null_mut();
        }
        // SAFETY: the mapping was just made, with this very size; ignored advice
        // changes nothing.
        #[cfg(target_os = "linux")]
        unsafe {
            libc::madvise(block, layout.size(), libc::MADV_HUGEPAGE);
        }
        block.cast()
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if is_mapped(layout) {
            // SAFETY: `block` came from `mmap` with this very size.
            unsafe { libc::munmap(block.cast(), layout.size()) };
        } else {
            // SAFETY: `block` came from `System` with this very layout.
            unsafe { System.dealloc(block, layout) };
        }
    }
}
