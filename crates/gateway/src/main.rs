//! The gateway's binary.

fn main() -> std::process::ExitCode {
    gateway::cli::main()
}
