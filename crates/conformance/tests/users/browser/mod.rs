//! Users sign in at the gateway from the relying party of `examples/node`, in a real browser.

mod account;
mod callbacks;
mod harness;
mod screens;
mod sign_in;
mod single_page;
mod stage;
mod tokens;
