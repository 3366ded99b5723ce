//! Users sign in at the gateway from the relying party of `examples/node`, in a real browser.

mod account;
mod harness;
mod screens;
mod sign_in;
mod stage;
mod tokens;
