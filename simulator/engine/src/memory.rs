//! Giving memory back: what a snapshot held while it was written lies scattered between what is alive, and the C library keeps it.
//!
//! `malloc_trim` hands back every whole page of it. Where the C library has no such call nothing is done: what is free is used
//! again, and only looks taken from outside.

/// Gives what is free back to the system. Takes milliseconds with a gigabyte, and who allocates meanwhile may wait for them.
pub(crate) fn give_back() {
    #[cfg(target_env = "gnu")]
    #[expect(
        unsafe_code,
        reason = "a call of the C library that takes one number, may come from any thread and changes nothing that is in use"
    )]
    // SAFETY: it has no preconditions
    unsafe {
        libc::malloc_trim(0);
    }
}
