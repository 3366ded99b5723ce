//! HTTP/1.1 listeners: the framework's, over a stream that hands it whole request heads that it accepts, one request
//! after the other.
//!
//! The framework's decoder takes an upgrade offer for a body without end, panics on a header name of 64 KiB, logs each
//! malformed request as an error, and closes without a word. So what it would get wrong never reaches it: the stream
//! finds where each request begins and ends, takes upgrade offers out, and puts a [`Refused`] request in the place of
//! one that is no HTTP. That one comes to the handler in its turn, and is answered like any other.
//!
//! The framework has a deadline for a connection's first head alone, and reads on for ever what is left of a chunked body. So
//! the stream keeps the time of each head, and ends with an answer that comes before its request's body has.

mod cut;
mod ending;
mod framing;
mod gone;
mod head;
mod patience;
mod plain;
mod refused;
mod server;
mod stream;

pub use cut::Cut;
pub use gone::Gone;
pub use plain::SPEAKS_TLS;
pub use refused::Refused;
pub use server::{Crowded, Options, Tls, Transport, serve};
