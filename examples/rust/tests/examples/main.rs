//! Runs every example against the real gateway with the sandbox's configuration.

mod basic_client;
mod clients;
mod libraries;
mod readme;
mod recipes;
mod sandbox;
mod scripts;
