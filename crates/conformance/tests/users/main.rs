//! Users and what is theirs: codes and refresh tokens, the pages over HTTP and in a real browser, forward auth by a real
//! nginx and a real Caddy.

mod browser;
mod caddy;
mod chains;
mod console;
mod forward_auth;
mod openid;
#[path = "openid/mod.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests, over an empty pack on the standard dialect")]
mod openid_as_a_pack;
mod packs;
mod spends;
mod threats;
mod with_libraries;
mod worlds;
