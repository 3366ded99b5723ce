//! One gateway's token surface over real sockets: the contracts to the byte, and what it must withstand.

mod extra_claims;
mod golden;
mod threats;
