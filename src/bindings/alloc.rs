//! The allocator of this library: large blocks straight from the system.
//!
//! Argon2 works in a block of 19 MiB. glibc raises its mmap threshold when the
//! first such block is freed and from then on keeps them on the heap: a worker
//! grew from 16 to 75 MB over 20 hashes. Mapping and unmapping them here gives
//! the memory back each time, whatever the C library thinks best.
//!
//! Huge pages, where the system gives them to who asks: Argon2 walks its block at
//! random, and with small pages misses the TLB at every other step.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;

/// From this size on, blocks are mapped, in bytes.
const MAPPED_FROM: usize = 1024 * 1024;
/// Smallest page size of the platforms built for: mmap aligns at least to this.
const PAGE: usize = 4096;

struct ReturningAllocator;

#[global_allocator]
static ALLOCATOR: ReturningAllocator = ReturningAllocator;

const fn is_mapped(layout: Layout) -> bool {
    layout.size() >= MAPPED_FROM && layout.align() <= PAGE
}

// SAFETY: both ways of allocating return blocks of the layout's size and
// alignment or null, and which way is a function of the layout alone, so that
// `dealloc` takes the same one. `realloc` and `alloc_zeroed` are the trait's own,
// made of these two.
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
        // SAFETY: the mapping was just made, with this very size; advice that is
        // not taken changes nothing.
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
