# Short names for the workspace's commands; each works without just.

# List the recipes.
default:
    @just --list

# Start the gateway; with no arguments a sandbox on loopback.
run *arguments:
    cargo run --release -- {{arguments}}

# Run all tests, or those that `cargo test` selects by these arguments.
test *arguments:
    cargo xtask test -- {{arguments}}

# Check formatting, lints and dependencies.
lint:
    cargo xtask lint

# Measure the gateway: `just bench --quick`, `just bench --write`.
bench *arguments:
    cargo xtask bench {{arguments}}

# Put replicas behind nginx under load while one is killed: `just load --quick`, `just load --write`.
load *arguments:
    cargo xtask load {{arguments}}

# Make what a release consists of, below target/dist: `just dist --check`.
dist *arguments:
    cargo xtask dist {{arguments}}
