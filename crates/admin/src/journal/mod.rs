//! The journal as the admin API shows it. What is dear is made here, of what a request left, when it is read.

pub(crate) mod export;
pub(crate) mod filter;
mod hints;
pub(crate) mod misuse;
mod near;
mod says;
pub(crate) mod view;
