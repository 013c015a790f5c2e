//! The binary: sets the allocator, and leaves the rest to [`reseller_portal::cli`].

use std::process::ExitCode;

use mimalloc::MiMalloc;
use reseller_portal::cli;

/// The system's allocator takes a fifth of a page's time, because a page is made of many small
/// pieces that one thread allocates and another frees.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
