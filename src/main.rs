//! The `bucketlint` program: see `bucketlint::cli`.

/// Half of a run is small texts that come and go on all cores: see "Another allocator" in `docs/performance.md`.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    bucketlint::cli::main(std::env::args_os())
}
