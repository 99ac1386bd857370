//! The `bucketlint` program: see `bucketlint::cli`.

fn main() -> std::process::ExitCode {
    bucketlint::cli::main(std::env::args_os())
}
