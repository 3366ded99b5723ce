//! Runs every example against the real gateway with the sandbox's configuration.

mod basic_client;
mod clients;
mod readme;
mod sandbox;
mod scripts;
